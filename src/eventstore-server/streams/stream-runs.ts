import type { EventTable } from './event-table.js';
import type { IndexPart, StreamRun } from './index-part.js';
import type { StreamHash } from './stream-hash.js';

/** Where a look-up in a stream ended: the next one is most often close by. */
export interface RunHint {
  readonly partNo: number;
  readonly part: IndexPart;
  readonly run: StreamRun;
}

/** A stream as the index looks for it. */
export interface IndexedStream {
  readonly name: string;
  readonly hash: StreamHash;
  hint: RunHint | undefined;
}

/** Finds events by stream and revision in the parts of the index. */
export class StreamRuns {
  constructor(private readonly table: EventTable) {}

  ordinalAt(entry: IndexedStream, revision: number): number | undefined {
    const hint = this.validHint(entry);
    if (hint !== undefined && isIn(hint.run, revision)) return this.ordinalOf(hint, revision);
    const { parts } = this.table;
    const { name, hash } = entry;
    const isBefore = hint === undefined || revision < hint.run.firstRevision;
    const step = isBefore ? -1 : 1;
    let partNo = hint === undefined ? parts.length - 1 : hint.partNo + step;
    for (; partNo >= 0 && partNo < parts.length; partNo += step) {
      const part = parts[partNo]?.part;
      const run = part?.findStream(name, hash);
      if (part === undefined || run === undefined || !isIn(run, revision)) continue;
      entry.hint = { partNo, part, run };
      return this.ordinalOf(entry.hint, revision);
    }
    return undefined;
  }

  private validHint({ hint }: IndexedStream): RunHint | undefined {
    if (hint === undefined) return undefined;
    return this.table.parts[hint.partNo]?.part === hint.part ? hint : undefined;
  }

  private ordinalOf({ partNo, part, run }: RunHint, revision: number): number {
    const first = this.table.parts[partNo]?.first ?? 0;
    return first + part.posting(run.start + revision - run.firstRevision);
  }
}

function isIn({ firstRevision, count }: StreamRun, revision: number): boolean {
  return revision >= firstRevision && revision < firstRevision + count;
}
