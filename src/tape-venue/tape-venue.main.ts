import { parseTapeVenueArguments } from './tape-venue-arguments.parse.js';
import type { TapeVenueArguments } from './tape-venue-arguments.parse.js';
import { RECORDED_LABEL, startTapeVenue } from './tape-venue.js';
import type { TapeVenue } from './tape-venue.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Ends the process with one line for the operator. */
function die(error: unknown, code: number): never {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  process.stderr.write(`tape serve: ${line}\n`);
  process.exit(code);
}

function argumentsOrDie(): TapeVenueArguments {
  try {
    return parseTapeVenueArguments(process.argv.slice(2));
  } catch (error) {
    return die(error, EXIT_USAGE);
  }
}

function describe(error: unknown, { host, port }: TapeVenueArguments): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new Error(`${host}:${port} is in use by another process`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new Error(`${host} is no address of this machine`);
  }
  return error;
}

function sayTrouble(reason: string | undefined): void {
  const text =
    reason === undefined
      ? 'the place in the recording is stored again'
      : `the place in the recording cannot be stored, the prints go on: ${reason}`;
  process.stderr.write(`tape serve: ${text}\n`);
}

/** Stops on a signal, or when the parent at the other end of the IPC channel is gone; else it does what the parent says. */
function obey(venue: TapeVenue): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    venue.close().then(
      () => process.exit(0),
      (error: unknown) => die(error, EXIT_FAILED),
    );
  };
  process.on('SIGTERM', stop);
  // A terminal sends SIGINT to the parent as well, and that stops its children in order.
  const hasParent = process.send !== undefined;
  process.on('SIGINT', hasParent ? () => undefined : stop);
  if (!hasParent) {
    // Nobody would ever say so.
    venue.release();
    return;
  }
  process.on('disconnect', stop);
  process.on('message', (message) => {
    const type = (message as { readonly type?: unknown } | null)?.type;
    if (type === 'stop') stop();
    if (type === 'play') venue.release();
  });
}

async function main(): Promise<void> {
  const options = argumentsOrDie();
  const venue = await startTapeVenue({ ...options, onTrouble: sayTrouble }).catch(
    (error: unknown) => die(describe(error, options), EXIT_FAILED),
  );
  obey(venue);
  process.on('uncaughtException', (error) => die(error, EXIT_FAILED));
  const pace = options.speed === 'max' ? 'full speed' : `speed ${options.speed}`;
  process.stdout.write(
    `recorded venue at ${venue.url} — ${RECORDED_LABEL}: ${options.symbol}, ${venue.recorded}, ` +
      `${venue.rows} rows, ${pace}${options.isLooped ? ', looped' : ''}\n`,
  );
  process.send?.({ type: 'ready', port: venue.port, url: venue.url });
}

void main();
