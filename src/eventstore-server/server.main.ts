import { readFileSync } from 'node:fs';
import { readUserFile } from './access/user-file.js';
import { armKillPoint } from './log/kill-point.js';
import { openMemoryDirectory } from './memory-directory.js';
import { parseServerArguments, type ServerArguments } from './server-arguments.parse.js';
import { type RunningServer, type Security, startServer } from './server.js';

/** Ends the process with one line for the operator. */
function die(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text.split('\n');
  process.stderr.write(`eventstore: ${line}\n`);
  process.exit(1);
}

function describe(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken ? new Error(`${host}:${port} is in use by another process`) : error;
}

function readSecurity({ cert, key, users }: NonNullable<ServerArguments['tls']>): Security {
  return {
    tls: { cert: readFileSync(cert), key: readFileSync(key) },
    users: readUserFile(users),
  };
}

async function main(): Promise<void> {
  const killAt = process.env['EVENTSTORE_KILL_AT'];
  if (killAt !== undefined) armKillPoint(killAt);
  const { tls, appendBytesMax, ...options } = parseServerArguments(
    process.argv.slice(2),
    process.env,
  );
  const security = tls && readSecurity(tls);
  const onFailure = (error: Error): void =>
    die(new Error(`cannot write the log: ${error.message}`));
  const db = options.db ?? openMemoryDirectory();
  const server = await startServer({
    ...options,
    db,
    limits: { appendBytesMax },
    security,
    onFailure,
    onShutdown: () => process.kill(process.pid, 'SIGTERM'),
  }).catch((error: unknown) => die(describe(error, options.host, options.port)));
  stopWith(server);
  if (server.tornBytes > 0) {
    process.stderr.write(`eventstore: cut off ${server.tornBytes} bytes of an unfinished write\n`);
  }
  const place = options.db ?? '(nothing is kept)';
  process.stdout.write(`eventstore listening on ${options.host}:${server.port} db ${place}\n`);
  process.send?.({ type: 'ready', port: server.port });
}

/** Stops on a signal, or when the parent that holds the other end of the IPC channel is gone. */
function stopWith(server: RunningServer): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    server.close().then(() => process.exit(0), die);
  };
  process.on('SIGTERM', stop);
  // A terminal sends SIGINT to the parent as well, and that stops its children in order.
  const hasParent = process.send !== undefined;
  process.on('SIGINT', hasParent ? () => undefined : stop);
  if (hasParent) process.on('disconnect', stop);
}

main().catch(die);
