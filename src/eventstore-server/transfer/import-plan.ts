import { TOMBSTONE_REVISION, TOMBSTONE_TYPE } from '../protocol/recorded-event.codec.js';
import { ANY } from '../streams/expected-version.js';
import { filler } from './filler.js';
import type { PlacedEvent } from './transfer-file.js';
import type { CarriedEvent, EmptiedStream } from './transfer-line.codec.js';

/** One thing to do at the target, and the last line of the file that is done with it. */
export type ImportStep =
  | {
      readonly kind: 'append';
      readonly stream: string;
      readonly expected: bigint;
      readonly events: readonly CarriedEvent[];
      readonly line: number;
    }
  | { readonly kind: 'tombstone'; readonly stream: string; readonly line: number }
  | {
      readonly kind: 'fill';
      readonly emptied: EmptiedStream;
      /** What is said of the stream in the end; undefined where that is still to come. */
      readonly metadata: CarriedEvent | undefined;
      readonly line: number;
    };

/** Below what stores take in one append, which is 1 MiB of data. */
const APPEND_BYTES_MAX = 512 * 1024;
const APPEND_EVENTS_MAX = 200;

/**
 * Turns the events of a file into appends: neighbours of one stream become one. Where the first store has
 * thrown events away, fillers take their numbers, so that every event keeps its own and links still lead
 * where they led. Metastreams are not filled: nothing refers to them by number. Lines up to `doneLine` are
 * counted only.
 *
 * An emptied stream is filled up before its metadata comes: an append revives what is deleted. It is filled
 * once more at the end, with its metadata, where a target has that already.
 */
export async function* planImport(
  events: AsyncIterable<PlacedEvent>,
  doneLine: number,
  emptied: readonly EmptiedStream[],
): AsyncGenerator<ImportStep> {
  const counts = new Map<string, bigint>();
  const unfilled = new Map(emptied.map((each) => [`$$${each.stream}`, each]));
  const metadata = new Map<string, CarriedEvent>();
  let lastLine = doneLine;
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
    lastLine = line;
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
    const behind = unfilled.get(stream);
    if (behind !== undefined) metadata.set(stream, event);
    if (isDone) continue;
    if (behind !== undefined && (counts.get(behind.stream) ?? 0n) >= behind.from) {
      yield* close();
      yield { kind: 'fill', emptied: behind, metadata: undefined, line: line - 1 };
    }
    for (const fillers of isMeta ? [] : fillersFor(stream, next, revision)) {
      yield* close();
      yield { ...fillers, line: line - 1 };
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
  for (const [metastream, each] of unfilled) {
    yield { kind: 'fill', emptied: each, metadata: metadata.get(metastream), line: lastLine };
  }
}

/** Appends that take the numbers from `from` up to the one before `until`. */
export function* fillersFor(
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
