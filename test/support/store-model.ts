/** What a caller may say about the stream it writes to. */
export type Expectation = 'any' | 'no_stream' | 'stream_exists' | number;

export interface ModelMetadata {
  readonly maxCount?: number;
  /** Infinity for a stream that was deleted softly. */
  readonly truncateBefore?: number;
}

export interface ModelEvent {
  readonly stream: string;
  /** -1 for the tombstone, whose number is no number. */
  readonly revision: number;
  readonly id: string;
}

/** `revisions`: of an id that stands in a stream more than once, any of its places is right. */
export type ModelAnswer =
  | { readonly kind: 'success'; readonly revisions: readonly number[] }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'deleted' };

interface ModelStream {
  readonly ids: string[];
  metadata: ModelMetadata;
  hasMetadata: boolean;
  isTombstoned: boolean;
}

type Check = 'write' | ModelAnswer;

/** An event store as slow and obvious as can be: lists of ids, and the rules of the protocol spelt out. */
export class StoreModel {
  /** Events of all streams in the order in which they were written, without those of metastreams. */
  readonly log: ModelEvent[] = [];
  private readonly streams = new Map<string, ModelStream>();

  append(name: string, expected: Expectation, ids: readonly string[]): ModelAnswer {
    const check = this.check(name, expected, ids);
    if (check !== 'write') return check;
    const stream = this.stream(name);
    const before = stream.ids.length;
    for (const id of ids) {
      this.log.push({ stream: name, revision: stream.ids.length, id });
      stream.ids.push(id);
    }
    if (ids.length > 0 && this.isSoftDeleted(name)) stream.metadata = { truncateBefore: before };
    return { kind: 'success', revisions: [stream.ids.length - 1] };
  }

  delete(name: string, expected: Expectation): ModelAnswer {
    const stream = this.stream(name);
    const check = this.check(name, expected, [FRESH]);
    if (check !== 'write') return check;
    if (stream.ids.length === 0 && !stream.hasMetadata) return { kind: 'wrong' };
    stream.metadata = { truncateBefore: Infinity };
    stream.hasMetadata = true;
    return { kind: 'success', revisions: [] };
  }

  tombstone(name: string, expected: Expectation): ModelAnswer {
    const check = this.check(name, expected, [FRESH]);
    if (check !== 'write') return check;
    this.stream(name).isTombstoned = true;
    this.log.push({ stream: name, revision: -1, id: '' });
    return { kind: 'success', revisions: [] };
  }

  setMetadata(name: string, metadata: ModelMetadata): void {
    const stream = this.stream(name);
    const isRevival = this.isSoftDeleted(name);
    stream.metadata = isRevival ? { ...metadata, truncateBefore: stream.ids.length } : metadata;
    stream.hasMetadata = true;
  }

  /** What a reader gets: the ids, or why there are none. */
  read(
    name: string,
    { isBackwards, from, count }: { isBackwards: boolean; from: number; count: number },
  ): readonly string[] | 'not found' | 'deleted' {
    const { ids, metadata, isTombstoned } = this.stream(name);
    if (isTombstoned) return 'deleted';
    if (ids.length === 0 || this.isSoftDeleted(name)) return 'not found';
    const { maxCount = Infinity, truncateBefore = 0 } = metadata;
    const first = Math.max(0, ids.length - maxCount, truncateBefore);
    const places = ids.map((_, at) => at).filter((at) => at >= first);
    const wanted = isBackwards
      ? places.reverse().filter((at) => at <= from)
      : places.filter((at) => at >= from);
    return wanted.slice(0, count).map((at) => ids[at] ?? '');
  }

  /** Revision of the last event, -1 without any. */
  lastOf(name: string): number {
    return this.stream(name).ids.length - 1;
  }

  isTombstoned(name: string): boolean {
    return this.stream(name).isTombstoned;
  }

  /** First revision that someone who catches up is shown. */
  firstShown(name: string): number {
    const { ids, metadata } = this.stream(name);
    const { maxCount = Infinity, truncateBefore = 0 } = metadata;
    return Math.min(ids.length, Math.max(0, ids.length - maxCount, truncateBefore));
  }

  private isSoftDeleted(name: string): boolean {
    return this.stream(name).metadata.truncateBefore === Infinity;
  }

  private stream(name: string): ModelStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = { ids: [], metadata: {}, hasMetadata: false, isTombstoned: false };
      this.streams.set(name, stream);
    }
    return stream;
  }

  private check(name: string, expected: Expectation, ids: readonly string[]): Check {
    const stream = this.stream(name);
    const last = stream.ids.length - 1;
    if (stream.isTombstoned) return { kind: 'deleted' };
    if (expected === 'stream_exists') {
      if (this.isSoftDeleted(name)) return { kind: 'deleted' };
      if (last < 0 && !stream.hasMetadata) return { kind: 'wrong' };
    }
    if (expected === 'any' || expected === 'stream_exists') return checkIds(stream, ids);
    const revision = expected === 'no_stream' ? -1 : expected;
    if (revision > last) return { kind: 'wrong' };
    if (revision === last) return 'write';
    const differs = ids.findIndex((id, i) => stream.ids[revision + 1 + i] !== id);
    if (ids.length > 0 && differs < 0) {
      return { kind: 'success', revisions: [revision + ids.length] };
    }
    const isNew = differs === 0 && revision === -1 && this.isSoftDeleted(name);
    return isNew ? 'write' : { kind: 'wrong' };
  }
}

const FRESH = 'fresh';

function checkIds(stream: ModelStream, ids: readonly string[]): Check {
  const [first] = ids;
  if (first === undefined || !stream.ids.includes(first)) return 'write';
  if (ids.some((id) => !stream.ids.includes(id))) return { kind: 'wrong' };
  const last = ids.at(-1);
  const revisions = stream.ids.flatMap((id, at) => (id === last ? [at] : []));
  return { kind: 'success', revisions };
}
