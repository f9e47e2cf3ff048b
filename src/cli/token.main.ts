import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TokenFile } from '../adapters/token-file/token-file.js';
import type { KeptToken } from '../adapters/token-file/token-file.js';
import { SCOPES } from '../application/ports/access.port.js';
import type { Scope } from '../application/ports/access.port.js';
import type { Config } from '../config/config-shape.js';
import { loadConfig } from '../config/load-config.js';
import { answersHelp } from './help-asked.parse.js';

const USAGE = `token create --name NAME [--scopes read,trade,admin] [--accounts ID,ID] | list | revoke ID
  --config FILE  configuration (default: STOPLEDGER_CONFIG, else ./stopledger.yaml)
  --json         one JSON document a line`;
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const NAME_RULE = 'must be 1 to 64 letters, digits and . _ -';

class WrongUse extends Error {}

interface Asked {
  readonly name: string;
  readonly scopes: string;
  readonly accounts: string | undefined;
  readonly isJson: boolean;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function listOf(text: string): readonly string[] {
  return text.split(',').map((each) => each.trim());
}

function scopesIn(text: string): readonly Scope[] {
  const scopes = listOf(text);
  const unknown = scopes.find((each) => !SCOPES.includes(each as Scope));
  if (unknown !== undefined) throw new WrongUse(`--scopes: must be of ${SCOPES.join(', ')}`);
  return scopes as readonly Scope[];
}

function accountsIn(text: string): readonly string[] {
  const accounts = listOf(text);
  const misnamed = accounts.find((each) => !NAME.test(each));
  if (misnamed === undefined) return accounts;
  throw new WrongUse(`--accounts: ${NAME_RULE}, was "${misnamed}"`);
}

/** An account may be opened later, by the API; more often its name was mistyped, and the token would see nothing. */
function warnOfUnknown(accounts: readonly string[], known: Config['accounts']): void {
  for (const id of accounts.filter((each) => known.every((account) => account.id !== each))) {
    process.stderr.write(
      `stopledger: --accounts: the configuration has no account "${id}"; the token sees nothing of it until it is opened\n`,
    );
  }
}

function create(
  file: TokenFile,
  { name, scopes, accounts, isJson }: Asked,
  known: Config['accounts'],
): void {
  if (!NAME.test(name)) throw new WrongUse(`--name: ${NAME_RULE}`);
  const limited = accounts === undefined ? {} : { accounts: accountsIn(accounts) };
  const asked = { name, scopes: scopesIn(scopes), ...limited };
  const { token, kept } = file.create(asked, new Date());
  warnOfUnknown(kept.accounts ?? [], known);
  say(isJson ? JSON.stringify({ id: kept.id, token }) : `${token}  (shown this once)`);
}

function list(file: TokenFile, { isJson }: Asked): void {
  for (const kept of file.list()) {
    say(isJson ? JSON.stringify({ ...kept, sha256: undefined }) : lineOf(kept));
  }
}

function lineOf(token: KeptToken): string {
  const { id, name, scopes, accounts, createdAt, revokedAt } = token;
  const state = revokedAt === undefined ? '' : `  revoked ${revokedAt}`;
  const whose = accounts?.join(',') ?? 'all accounts';
  return `${id}  ${name.padEnd(20)} ${scopes.join(',').padEnd(12)} ${whose}  ${createdAt}${state}`;
}

function run(argv: readonly string[]): void {
  if (answersHelp(argv, USAGE)) return;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      name: { type: 'string', default: '' },
      scopes: { type: 'string', default: 'read' },
      accounts: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const loaded = loadConfig({ env: process.env, cwd: process.cwd(), configFlag: values.config });
  if (loaded.kind === 'mistaken') throw new WrongUse(loaded.mistakes.join('\n'));
  const file = new TokenFile(join(loaded.config.dataDir, 'tokens.json'));
  const { name, scopes, accounts, json: isJson } = values;
  const [command, id = ''] = positionals;
  if (command === 'create')
    create(file, { name, scopes, accounts, isJson }, loaded.config.accounts);
  else if (command === 'list') list(file, { name, scopes, accounts, isJson });
  else if (command !== 'revoke') throw new WrongUse(USAGE);
  else if (!file.revoke(id, new Date())) throw new WrongUse(`no token has the id "${id}"`);
}

try {
  run(process.argv.slice(2));
  process.exitCode = EXIT.ok;
} catch (error) {
  process.stderr.write(`stopledger: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof WrongUse ? EXIT.usage : EXIT.failed;
}
