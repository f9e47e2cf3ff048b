import { createHash } from 'node:crypto';
import { TOMBSTONE_REVISION, TOMBSTONE_TYPE } from '../protocol/recorded-event.codec.js';
import { parseUuid } from '../protocol/uuid.codec.js';
import { ANY } from '../streams/expected-version.js';
import type { PlacedEvent } from './transfer-file.js';
import type { CarriedEvent } from './transfer-line.codec.js';

/** One thing to do at the target, and the last line of the file that is done with it. */
export type ImportStep =
  | {
      readonly kind: 'append';
      readonly stream: string;
      readonly expected: bigint;
      readonly events: readonly CarriedEvent[];
      readonly line: number;
    }
  | { readonly kind: 'tombstone'; readonly stream: string; readonly line: number };

/** Below what stores take in one append, which is 1 MiB of data. */
const APPEND_BYTES_MAX = 512 * 1024;
const APPEND_EVENTS_MAX = 200;
const FILLER_TYPE = '$filler';
const NO_BYTES = Buffer.alloc(0);

/**
 * Turns the events of a file into appends: neighbours of one stream become one. Where the first store has
 * thrown events away, fillers take their numbers, so that every event keeps its own and links still lead
 * where they led. Metastreams are not filled: nothing refers to them by number. Lines up to `doneLine` are
 * counted only.
 */
export async function* planImport(
  events: AsyncIterable<PlacedEvent>,
  doneLine: number,
): AsyncGenerator<ImportStep> {
  const counts = new Map<string, bigint>();
  let open:
    | { stream: string; first: bigint; events: CarriedEvent[]; bytes: number; line: number }
    | undefined;
  const close = (): ImportStep[] => {
    if (open === undefined) return [];
    const { stream, first, events: members, line } = open;
    open = undefined;
    const expected = stream.startsWith('$$') ? ANY : first - 1n;
    return [{ kind: 'append', stream, expected, events: members, line }];
  };
  for await (const { event, line } of events) {
    const { stream } = event;
    const isDone = line <= doneLine;
    if (event.type === TOMBSTONE_TYPE && event.revision === TOMBSTONE_REVISION) {
      yield* close();
      if (!isDone) yield { kind: 'tombstone', stream, line };
      continue;
    }
    const isMeta = stream.startsWith('$$');
    const next = counts.get(stream) ?? 0n;
    const revision = isMeta ? next : event.revision;
    counts.set(stream, revision + 1n);
    if (isDone) continue;
    for (const filler of isMeta ? [] : fillersFor(stream, next, revision)) {
      yield* close();
      yield { ...filler, line: line - 1 };
    }
    const bytes = event.data.length + event.metadata.length;
    const joins =
      open?.stream === stream &&
      !isMeta &&
      open.events.length < APPEND_EVENTS_MAX &&
      open.bytes + bytes <= APPEND_BYTES_MAX;
    if (open === undefined || !joins) {
      yield* close();
      open = { stream, first: revision, events: [], bytes: 0, line };
    }
    open.events.push(event);
    open.bytes += bytes;
    open.line = line;
  }
  yield* close();
}

function* fillersFor(
  stream: string,
  from: bigint,
  until: bigint,
): Generator<Omit<Extract<ImportStep, { kind: 'append' }>, 'line'>> {
  for (let first = from; first < until; first += BigInt(APPEND_EVENTS_MAX)) {
    const left = until - first;
    const count = left < BigInt(APPEND_EVENTS_MAX) ? Number(left) : APPEND_EVENTS_MAX;
    const events = Array.from({ length: count }, (_, i) => filler(stream, first + BigInt(i)));
    yield { kind: 'append', stream, expected: first - 1n, events };
  }
}

/** The same every time: an import that is done again finds it there. */
function filler(stream: string, revision: bigint): CarriedEvent {
  const hex = createHash('sha256').update(`${revision}@${stream}`).digest('hex');
  const text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  const id = parseUuid(text);
  if (id === undefined) throw new Error('Invariant: a cut hash is a uuid');
  return {
    stream,
    revision,
    position: 0n,
    id,
    type: FILLER_TYPE,
    isJson: false,
    createdMs: 0,
    data: NO_BYTES,
    metadata: NO_BYTES,
  };
}
