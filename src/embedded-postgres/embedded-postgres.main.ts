import { parseArgs } from 'node:util';
import { PostgresGuard } from './guard.js';

/** Runs one PostgreSQL for as long as its parent lives. Usage: `--data-dir DIR --port N` (0 = any free port). */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, port: { type: 'string', default: '0' } },
  });
  const dataDir = values['data-dir'];
  const port = Number(values.port);
  if (dataDir === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('Usage: --data-dir DIR --port N (0 to 65535)');
  }
  const guard = new PostgresGuard({ dataDir, port, say, onServerLost: fail });
  const hasParent = process.send !== undefined;
  const stop = () => void guard.stop().then(() => process.exit(0));
  process.on('SIGTERM', stop);
  process.on('SIGHUP', () => undefined);
  // Ctrl-C reaches the whole foreground group; with a parent, the parent decides the order of stopping.
  process.on('SIGINT', hasParent ? () => undefined : stop);
  if (hasParent) process.on('disconnect', stop);
  try {
    const url = await guard.start();
    process.send?.({ type: 'ready', url });
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(reason: unknown): void {
  process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exit(1);
}

// A parent that was killed leaves broken pipes behind; losing a line must not lose the shutdown.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
main().catch(fail);
