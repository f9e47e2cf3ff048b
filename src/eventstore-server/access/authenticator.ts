import { createHash } from 'node:crypto';
import { GRPC_RESOURCE_EXHAUSTED, GrpcError, unauthenticated } from '../protocol/grpc-status.js';
import { ANONYMOUS, type Caller } from './caller.js';
import { isPassword } from './password.js';
import type { User } from './user-file.js';

/** Headers whose password was checked: each check costs a tenth of a second of one core. */
const KNOWN_MAX = 1000;
const CHECKS_MAX = 64;

/** Tells from the authorization header who is calling. */
export class Authenticator {
  private readonly users: ReadonlyMap<string, User>;
  private readonly known = new Map<string, Caller>();
  private readonly checking = new Map<string, Promise<Caller>>();

  constructor(users: readonly User[]) {
    this.users = new Map(users.map((user) => [user.name, user]));
  }

  /** Rejects or throws "unauthenticated" for a header that does not name a user and the password. */
  identify(header: string | undefined): Caller | Promise<Caller> {
    if (header === undefined) return ANONYMOUS;
    // What is kept in memory is not the password.
    const key = createHash('sha256').update(header).digest('base64');
    const found = this.known.get(key) ?? this.checking.get(key);
    if (found !== undefined) return found;
    if (this.checking.size >= CHECKS_MAX) {
      throw new GrpcError(GRPC_RESOURCE_EXHAUSTED, 'Too many passwords are being checked.');
    }
    const check = this.verify(header).finally(() => this.checking.delete(key));
    this.checking.set(key, check);
    return check.then((caller) => {
      this.remember(key, caller);
      return caller;
    });
  }

  private async verify(header: string): Promise<Caller> {
    const [scheme = '', token = ''] = header.split(' ');
    const text = Buffer.from(token, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (scheme.toLowerCase() !== 'basic' || colon < 0) throw unauthenticated();
    const user = this.users.get(text.slice(0, colon));
    const password = text.slice(colon + 1);
    if (user === undefined || !(await isPassword(password, user.password))) throw unauthenticated();
    return { name: user.name, groups: user.groups, isAnonymous: false };
  }

  private remember(key: string, caller: Caller): void {
    if (this.known.size >= KNOWN_MAX) {
      for (const oldest of this.known.keys()) {
        this.known.delete(oldest);
        break;
      }
    }
    this.known.set(key, caller);
  }
}
