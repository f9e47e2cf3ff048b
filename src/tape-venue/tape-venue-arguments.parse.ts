import { parseArgs } from 'node:util';
import { recordingName } from '../market-data/recorded-trades.js';

export interface TapeVenueArguments {
  readonly file: string;
  /** In capitals, as the venue spells it. */
  readonly symbol: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Recorded time runs so many times faster; `max` plays as fast as the clients take it. */
  readonly speed: number | 'max';
  readonly isLooped: boolean;
  /** One print goes out; the others wait until the parent process says `play`. */
  readonly isHeld: boolean;
  /** Recorded ids and times go out unchanged. */
  readonly isOriginal: boolean;
  /** Folder that keeps the cursor over restarts. */
  readonly stateDir: string | undefined;
}

const OPTIONS = {
  file: { type: 'string' },
  symbol: { type: 'string' },
  port: { type: 'string', default: '9001' },
  host: { type: 'string', default: '127.0.0.1' },
  speed: { type: 'string', default: '1' },
  loop: { type: 'boolean', default: false },
  hold: { type: 'boolean', default: false },
  original: { type: 'boolean', default: false },
  state: { type: 'string' },
} as const;

const SPEED_MAX = 1_000_000;

/** Throws with one line for the operator. */
export function parseTapeVenueArguments(argv: readonly string[]): TapeVenueArguments {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false });
  if (values.file === undefined || values.file === '') {
    throw new Error('--file is needed: a recording such as binance-spot-ltcusdt-20250621.csv.gz');
  }
  return {
    file: values.file,
    symbol: symbolOf(values.symbol, values.file),
    host: values.host,
    port: portOf(values.port),
    speed: speedOf(values.speed),
    isLooped: values.loop,
    isHeld: values.hold,
    isOriginal: values.original,
    stateDir: values.state,
  };
}

function symbolOf(flag: string | undefined, file: string): string {
  // Recordings are called [<venue>-[<market>-]]<symbol>-<date>[-<what of it>].
  const parts = recordingName(file).split('-');
  const date = parts.findIndex((part) => /^\d+$/.test(part));
  const symbol = flag ?? parts.slice(0, date < 0 ? undefined : date).at(-1) ?? '';
  if (!/^[A-Za-z0-9_]{1,40}$/.test(symbol)) {
    throw new Error(`--symbol must be 1 to 40 letters, digits and _, was '${symbol}'`);
  }
  return symbol.toUpperCase();
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`--port must be an integer from 0 to 65535, was '${text}'`);
  }
  return port;
}

function speedOf(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (!/^\d{1,7}(\.\d{1,6})?$/.test(text) || speed <= 0 || speed > SPEED_MAX) {
    throw new Error(`--speed must be a number above 0 (up to ${SPEED_MAX}) or max, was '${text}'`);
  }
  return speed;
}
