import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessTokens, Grant, Scope } from '../../application/ports/access.port.js';

/** A token as it is kept: of the secret itself only the hash. */
export interface KeptToken {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** Undefined: all. */
  readonly accounts?: readonly string[];
  readonly createdAt: string;
  readonly revokedAt?: string;
}

export interface AskedToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly accounts?: readonly string[];
}

const PREFIX = 'slt';
const ID_BYTES = 6;
const SECRET_BYTES = 32; // cannot be guessed, so that a plain hash is enough and costs a request nothing
const FORM = new RegExp(`^${PREFIX}_([0-9a-f]{${String(ID_BYTES * 2)}})_[A-Za-z0-9_-]{43}$`);
const LOOK_EVERY_MS = 1_000;
const OWNER_ONLY = 0o600;

/**
 * Access tokens in a file of the data directory, readable by its owner only. Another process may write it (the command
 * line does): it is looked at again at most once a second, so that a revoked token is refused a second later.
 */
export class TokenFile implements AccessTokens {
  private tokens: readonly KeptToken[] = [];
  private version = '';
  private lookedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly path: string,
    private readonly adminToken?: string,
  ) {}

  /** True when nobody was ever given a token. */
  get isEmpty(): boolean {
    return this.adminToken === undefined && this.list().length === 0;
  }

  list(): readonly KeptToken[] {
    this.lookedMs = Number.NEGATIVE_INFINITY;
    this.look();
    return this.tokens;
  }

  /** Returns the token: it is shown now and never again. */
  create(asked: AskedToken, at: Date): { readonly token: string; readonly kept: KeptToken } {
    const id = randomBytes(ID_BYTES).toString('hex');
    const token = `${PREFIX}_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
    const kept = { id, ...asked, sha256: hashOf(token), createdAt: at.toISOString() };
    this.write([...this.list(), kept]);
    return { token, kept };
  }

  /** Returns false when there is no such token. */
  revoke(id: string, at: Date): boolean {
    const tokens = this.list();
    if (!tokens.some((each) => each.id === id)) return false;
    const revokedAt = at.toISOString();
    this.write(tokens.map((each) => (each.id === id ? { revokedAt, ...each } : each)));
    return true;
  }

  grantOf(token: string): Grant | undefined {
    if (this.adminToken !== undefined && isSame(hashOf(token), hashOf(this.adminToken))) {
      return adminGrant('environment');
    }
    const id = FORM.exec(token)?.[1];
    if (id === undefined) return undefined;
    this.look();
    const kept = this.tokens.find((each) => each.id === id);
    if (!kept || kept.revokedAt !== undefined || !isSame(kept.sha256, hashOf(token))) {
      return undefined;
    }
    return {
      actor: `token:${kept.name}`,
      limitedAs: kept.id,
      scopes: new Set(kept.scopes),
      accounts: kept.accounts === undefined ? 'all' : new Set(kept.accounts),
    };
  }

  private look(): void {
    const now = performance.now();
    if (now - this.lookedMs < LOOK_EVERY_MS) return;
    this.lookedMs = now;
    const version = versionOf(this.path);
    if (version === this.version) return;
    this.version = version;
    this.tokens =
      version === '' ? [] : (JSON.parse(readFileSync(this.path, 'utf8')) as readonly KeptToken[]);
  }

  private write(tokens: readonly KeptToken[]): void {
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, `${JSON.stringify(tokens, undefined, 2)}\n`, {
      mode: OWNER_ONLY,
    });
    renameSync(`${this.path}.new`, this.path);
    this.tokens = tokens;
    this.version = versionOf(this.path);
  }
}

function adminGrant(name: string): Grant {
  return {
    actor: `token:${name}`,
    limitedAs: name,
    scopes: new Set<Scope>(['admin']),
    accounts: 'all',
  };
}

function versionOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${String(found.mtimeMs)} ${String(found.ino)} ${String(found.size)}` : '';
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
