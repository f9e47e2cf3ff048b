import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { writeUser } from './access/user-file.js';
import { exportLog } from './transfer/log-export.js';
import { importLog } from './transfer/log-import.js';

const USAGES = {
  user: 'eventstore user NAME --user-file FILE [--groups $admins,$ops] < password',
  export: 'eventstore export --from esdb://HOST:PORT?tls=false --file FILE',
  import: 'eventstore import --file FILE --to esdb://HOST:PORT?tls=false',
};

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command === 'user') await addUser(args);
  else if (command === 'export') await carryOut(args);
  else if (command === 'import') await carryIn(args);
  else throw new Error(`usage: ${Object.values(USAGES).join(' | ')}`);
}

async function carryOut(args: string[]): Promise<void> {
  const { from, file } = textsOf(args, ['from', 'file']);
  if (from === undefined || file === undefined) throw new Error(`usage: ${USAGES.export}`);
  const count = await exportLog(from, file);
  process.stdout.write(`${file} has ${count} events\n`);
}

async function carryIn(args: string[]): Promise<void> {
  const { to, file } = textsOf(args, ['to', 'file']);
  if (to === undefined || file === undefined) throw new Error(`usage: ${USAGES.import}`);
  const count = await importLog(file, to);
  process.stdout.write(`the ${count} events of ${file} are there\n`);
}

function textsOf(args: string[], names: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  return parseArgs({ args, options }).values;
}

/** The password comes by standard input: arguments are seen by everybody on the machine. */
async function addUser(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'user-file': { type: 'string' }, groups: { type: 'string', default: '' } },
  });
  const [name] = positionals;
  const path = values['user-file'];
  if (name === undefined || path === undefined) throw new Error(`usage: ${USAGES.user}`);
  const groups = values.groups.split(',').filter((group) => group !== '');
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  await writeUser(path, { name, groups, password }, !existsSync(path));
  process.stdout.write(`user ${name} is in ${path}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`eventstore: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
