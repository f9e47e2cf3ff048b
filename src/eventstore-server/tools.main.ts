import { existsSync, readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { writeUser } from './access/user-file.js';
import { claimDataDirectory } from './log/data-directory.js';
import { copyLog, readManifest } from './log/log-copy.js';
import { checkStore } from './streams/store-check.js';
import { exportLog } from './transfer/log-export.js';
import { importLog } from './transfer/log-import.js';
import { startScavenge } from './transfer/remote-scavenge.js';

const USAGES = {
  user: 'eventstore user NAME --user-file FILE [--groups $admins,$ops] < password',
  export: 'eventstore export --from esdb://HOST:PORT?tls=false --file FILE',
  import: 'eventstore import --file FILE --to esdb://HOST:PORT?tls=false',
  backup: 'eventstore backup FOLDER --data-dir DIR',
  restore: 'eventstore restore FOLDER --data-dir DIR',
  verify: 'eventstore verify DIR',
  scavenge: 'eventstore scavenge --at esdb://HOST:PORT?tls=false',
};

async function main([command, ...args]: readonly string[]): Promise<void> {
  if ([command, ...args].some((word) => word === '--help' || word === '-h')) help();
  else if (command === 'user') await addUser(args);
  else if (command === 'export') await carryOut(args);
  else if (command === 'import') await carryIn(args);
  else if (command === 'backup') await backUp(args);
  else if (command === 'restore') await restore(args);
  else if (command === 'verify') await verify(args);
  else if (command === 'scavenge') await scavenge(args);
  else throw new Error(`usage: ${Object.values(USAGES).join(' | ')}`);
}

function help(): void {
  process.stdout.write(`${Object.values(USAGES).join('\n')}\n`);
}

/** Beside a running server or without one. */
async function backUp(args: string[]): Promise<void> {
  const { folder, dataDir } = foldersOf(args, USAGES.backup);
  const { segments, unchanged, bytes } = await copyLog(dataDir, folder);
  process.stdout.write(
    `${folder} has ${segments} segments, ${unchanged} of them from before, ${bytes} bytes copied\n`,
  );
}

async function restore(args: string[]): Promise<void> {
  const { folder, dataDir } = foldersOf(args, USAGES.restore);
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(`${dataDir} is not empty: nothing is overwritten`);
  }
  const { segments, bytes } = await copyLog(folder, dataDir);
  process.stdout.write(`${dataDir} has ${segments} segments, ${bytes} bytes\n`);
}

/** Of a stopped store, or of a backup. Ends with 1 if anything is wrong. */
async function verify(args: string[]): Promise<void> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [dataDir] = positionals;
  if (dataDir === undefined || positionals.length > 1) throw new Error(`usage: ${USAGES.verify}`);
  readManifest(dataDir);
  const directory = claimDataDirectory(dataDir);
  try {
    const { events, segments, problems, notes } = await checkStore(directory.segments);
    for (const line of [...problems, ...notes]) process.stdout.write(`${line}\n`);
    const verdict = problems.length === 0 ? 'nothing is wrong' : `${problems.length} problems`;
    process.stdout.write(`${events} events in ${segments} segments: ${verdict}\n`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    directory.release();
  }
}

/** Of a running store. How it went is an event of its own, in `$scavenges`. */
async function scavenge(args: string[]): Promise<void> {
  const { at } = textsOf(args, ['at']);
  if (at === undefined) throw new Error(`usage: ${USAGES.scavenge}`);
  const { id, result } = await startScavenge(at);
  process.stdout.write(`scavenge ${id}: ${result}; how it ends is told in $scavenges\n`);
}

function foldersOf(args: string[], usage: string): { folder: string; dataDir: string } {
  const options = { 'data-dir': { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [folder] = positionals;
  const dataDir = values['data-dir'];
  if (folder === undefined || dataDir === undefined || positionals.length > 1) {
    throw new Error(`usage: ${usage}`);
  }
  return { folder, dataDir };
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
