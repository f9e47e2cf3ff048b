import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { openLog } from '../process-log.main.js';
import { openSupervisorAlarms } from '../supervisor-alarms.main.js';
import { start } from './start.js';
import type { StartFlags } from './start.js';

const ROOT = join(__dirname, '..', '..', '..');

const program = new Command('stopledger')
  .description('Event-sourced, real-time stop-loss engine and trade manager')
  // What stands behind a command is that command's: `eventstore` and `eventstore backup` both have a --data-dir.
  .enablePositionalOptions()
  .showHelpAfterError();

program
  .command('start')
  .description('start the engine, the read side and, where none is configured, the embedded stores')
  .option(
    '--config <file>',
    'configuration file (default: STOPLEDGER_CONFIG, else ./stopledger.yaml)',
  )
  .option('--roles <list>', 'run these roles in one process: engine,projector,api')
  .action(async (flags: StartFlags) => {
    process.exit(await start(flags, { rootDir: ROOT, openLog, openWatch: openSupervisorAlarms }));
  });

const tape = program.command('tape').description('recorded market data');
tape
  .command('serve')
  .description('serve a recording as a venue, over WebSocket in Binance frames')
  .requiredOption('--file <file>', 'recorded trades or quotes (.csv.gz)')
  .option('--symbol <symbol>', 'symbol to serve (default: from the file name)')
  .option('--port <port>', 'port to listen on', '9001')
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--speed <speed>', '1 is the recorded pace, or any factor, or "max"', '1')
  .option('--loop', 'begin again at the end')
  .option(
    '--original',
    'keep recorded ids and times instead of letting them rise over loops and restarts',
  )
  .option('--state <dir>', 'folder that keeps the cursor over restarts')
  .action((flags: Record<string, string | true>) => {
    serve(['tape-venue', 'tape-venue.main.js'], argumentsOf(flags));
  });

for (const [name, about] of [
  ['ls', 'segments of a tape with their times'],
  ['stat', 'what a tape holds, counted'],
  ['verify', 'read a tape whole: checksums and numbers'],
  ['export', 'prices of a tape as CSV (--instrument, --out, --kind, --scale, --from, --to)'],
  [
    'import',
    'a recording, or a daily trade archive of Binance, as a tape (--to, --instrument, --scale)',
  ],
] as const) {
  passOn(tape.command(name).description(about), ['cli', 'tape.main.js'], [name]);
}

const eventstore = program
  .command('eventstore')
  .description('run the embedded event store alone')
  .option('--port <port>', 'port to listen on', '2113')
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--data-dir <dir>', 'folder of its data')
  .option('--mem', 'keep nothing: for tests')
  .option('--tls-cert <file>', 'certificate (PEM); callers then need a user and a password')
  .option('--tls-key <file>', 'key of the certificate (PEM)')
  .option('--user-file <file>', 'users and hashed passwords, see eventstore-tools user')
  .option('--commit-timeout-ms <ms>', 'how long an append may wait for the disk (10000)')
  .option('--write-timeout-ms <ms>', 'how long a batch may take to arrive as a whole (2000)')
  .option('--max-append-bytes <n>', 'data of one append (1048576)')
  .option('--keep-alive-interval-ms <ms>', 'how often a peer is asked whether it is there (10000)')
  .option('--keep-alive-timeout-ms <ms>', 'how long it has to answer (10000)')
  .action((flags: Record<string, string | true>) => {
    serve(['eventstore-server', 'server.main.js'], argumentsOf(flags));
  });

for (const [name, about] of [
  ['export', 'write the log of a store to a file (--from, --file)'],
  ['backup', 'copy the data, also of a running store, to a folder (FOLDER --data-dir DIR)'],
  ['restore', 'make a data folder of such a copy (FOLDER --data-dir DIR)'],
  ['verify', 'look at every checksum, index entry and position of a stopped store or a copy (DIR)'],
  ['scavenge', 'give back the space of what nobody can see, while the store runs (--at)'],
  ['import', 'append such a file to a store, order and ids kept (--file, --to)'],
] as const) {
  passOn(
    eventstore.command(name).description(about),
    ['eventstore-server', 'tools.main.js'],
    [name],
  );
}

for (const [name, about, path] of [
  [
    'sweep',
    'try many plans over a recording or a tape in one pass (FILE|DIR --plans FILE)',
    ['cli', 'sweep.main.js'],
  ],
  [
    'eventstore-tools',
    'event store: user NAME --user-file FILE [--groups LIST] < password',
    ['eventstore-server', 'tools.main.js'],
  ],
  [
    'projections',
    'read models: list | rebuild | verify | dead-letters (--json, --lenient, --retry)',
    ['cli', 'projections.main.js'],
  ],
  [
    'token',
    'access tokens: create | list | revoke (--name, --scopes, --accounts)',
    ['cli', 'token.main.js'],
  ],
  [
    'upgrade',
    'check: would this build treat the open stops of the running one in the same way?',
    ['cli', 'upgrade.main.js'],
  ],
  [
    'broker',
    'probe: what does the broker of a live account really have of our orders?',
    ['cli', 'broker.main.js'],
  ],
  [
    'shadow',
    'report: what an account decided beside another one, or beside recorded prices',
    ['cli', 'shadow.main.js'],
  ],
] as const) {
  passOn(program.command(name).description(about), path);
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`stopledger: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

function argumentsOf(flags: Record<string, string | true>): string[] {
  return Object.entries(flags).flatMap(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return value === true ? [`--${name}`] : [`--${name}`, value];
  });
}

/** A command of a program of its own, which reads what stands behind it, and asks for its help, itself. */
function passOn(command: Command, path: readonly string[], before: readonly string[] = []): void {
  command
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(() => handOver(path, [...before, ...command.args]));
}

/** Runs a program of its own in the foreground and ends as it ends. */
function handOver(path: readonly string[], args: readonly string[]): void {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', ...path), ...args], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}

/** Runs a server in the foreground. It holds the other end of a channel, and ends when we are gone, however we went. */
function serve(path: readonly string[], args: readonly string[]): void {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', ...path), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // With a parent it leaves SIGINT, which a terminal sends to both, to that parent.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
  child.on('exit', (code) => process.exit(code ?? 1));
}
