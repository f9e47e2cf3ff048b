import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { Recording, RecordingUnreadable } from './recorded-trades.js';

// A day of the busiest pair has about 500 MB of text; a small archive must not become more than a machine has.
const TEXT_BYTES_MAX = 1024 * 1024 * 1024;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_BYTES = 30;
const DEFLATED = 8;
const COLUMNS_MIN = 6;

/** `LTCUSDT-trades-2025-06-21.zip` or `.csv`, as data.binance.vision gives them out. */
export function isBinanceArchive(path: string): boolean {
  return /-trades-\d{4}-\d\d(-\d\d)?\.(zip|csv)$/.test(path);
}

/** The trades of an archive as a recording. Throws RecordingUnreadable. */
export function readBinanceArchive(path: string): Recording {
  const name = basename(path).replace(/\.(zip|csv)$/, '');
  const bytes = readFileSync(path);
  const text = path.endsWith('.zip') ? unzipped(name, bytes) : bytes.toString('utf8');
  return parseBinanceTrades(name, text);
}

/** `id,price,qty,quoteQty,time,isBuyerMaker[,isBestMatch]`; futures have a header. Times are ms, of spot µs since 2025. */
export function parseBinanceTrades(name: string, text: string): Recording {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines[0]?.startsWith('id,')) lines.shift();
  let unit: string | undefined;
  const rows = lines.map((line, place) => {
    const [id = '', price = '', size = '', , time = '', isBuyerMaker = '', ...rest] =
      line.split(',');
    const here = unitOf(time);
    if (line.split(',').length < COLUMNS_MIN || rest.length > 1 || here === undefined) {
      throw new RecordingUnreadable(
        `${name}: line ${place + 1} is no trade: ${line.slice(0, 100)}`,
      );
    }
    unit ??= here;
    if (here !== unit) {
      throw new RecordingUnreadable(
        `${name}: line ${place + 1} has its time in ${here}, not ${unit}`,
      );
    }
    const side = isBuyerMaker.toLowerCase() === 'true' ? 'sell' : 'buy';
    return `${time},${price},${size},${side},${id}`;
  });
  if (unit === undefined) throw new RecordingUnreadable(`${name}: has no trade`);
  return Recording.parse(name, [`ts_${unit},price,size,side,trade_id`, ...rows, ''].join('\n'));
}

function unitOf(time: string): 'ms' | 'us' | undefined {
  if (/^\d{13}$/.test(time)) return 'ms';
  return /^\d{16}$/.test(time) ? 'us' : undefined;
}

/** The only file of a zip archive. */
function unzipped(name: string, bytes: Buffer): string {
  const broken = (what: string) => new RecordingUnreadable(`${name}: is no zip archive: ${what}`);
  try {
    const end = endOf(bytes);
    if (end === undefined) throw broken('it has no directory');
    if (bytes.readUInt16LE(end + 10) !== 1) throw broken('it holds more than one file');
    const entry = bytes.readUInt32LE(end + 16);
    if (bytes.readUInt32LE(entry) !== ENTRY_SIGNATURE) throw broken('its directory is damaged');
    const method = bytes.readUInt16LE(entry + 10);
    const packedBytes = bytes.readUInt32LE(entry + 20);
    const local = bytes.readUInt32LE(entry + 42);
    const namesBytes = bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const start = local + LOCAL_BYTES + namesBytes;
    const packed = bytes.subarray(start, start + packedBytes);
    if (method !== DEFLATED && method !== 0) throw broken(`packed by method ${method}`);
    const text =
      method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: TEXT_BYTES_MAX });
    return text.toString('utf8');
  } catch (error) {
    if (error instanceof RecordingUnreadable) throw error;
    throw broken(error instanceof Error ? error.message : String(error));
  }
}

function endOf(bytes: Buffer): number | undefined {
  const lowest = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = bytes.length - END_BYTES; at >= lowest; at -= 1) {
    if (bytes.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  return undefined;
}
