import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { writeUser } from './access/user-file.js';

const USAGE = 'usage: eventstore user NAME --user-file FILE [--groups $admins,$ops] < password';

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command !== 'user') throw new Error(USAGE);
  await addUser(args);
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
  if (name === undefined || path === undefined) throw new Error(USAGE);
  const groups = values.groups.split(',').filter((group) => group !== '');
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  await writeUser(path, { name, groups, password }, !existsSync(path));
  process.stdout.write(`user ${name} is in ${path}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`eventstore: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
