import { readFileSync, statSync } from 'node:fs';
import type { TapeRecord } from '../../application/ports/tape.port.js';
import { listSegments, tornBytes } from './tape-segment.js';
import type { SegmentName } from './tape-segment.js';
import { readSegment } from './tape.reader.js';
import { VERDICT_NAMES, readTickColumns } from './tick-columns.js';
import type { TickColumns, TickLine } from './tick-columns.js';

/** One file of a tape. */
export interface SegmentReport {
  readonly path: string;
  readonly epoch: number;
  readonly bytes: number;
  readonly records: number;
  /** Numbers and input times of the first and last record; null in a segment without one. */
  readonly first: { readonly seq: number; readonly at: string } | null;
  readonly last: { readonly seq: number; readonly at: string } | null;
  /** Places at which numbers do not go on: inputs that are missing. */
  readonly gaps: readonly string[];
  /** At its end, which a kill or a power cut has torn, or which is being written: whatever they held is lost. */
  readonly tornBytes: number;
}

export interface TapeReport {
  readonly segments: number;
  readonly bytes: number;
  readonly records: number;
  readonly ticks: number;
  /** By kind of input. */
  readonly inputs: Readonly<Record<string, number>>;
  /** By instrument, feed and verdict. */
  readonly prices: Readonly<Record<string, number>>;
}

/** Reads every segment whole. Throws TapeCorrupt for damage, other than a torn end of the newest one. */
export function* segmentReports(dir: string): Generator<SegmentReport> {
  const segments = listSegments(dir);
  let last: TapeRecord | undefined;
  for (const [place, segment] of segments.entries()) {
    const found = reportOf(segment, place === segments.length - 1, last);
    last = found.last ?? last;
    yield found.report;
  }
}

function reportOf(segment: SegmentName, isNewest: boolean, before: TapeRecord | undefined) {
  const { path, epoch } = segment;
  const gaps: string[] = [];
  let records = 0;
  let first: TapeRecord | undefined;
  let last: TapeRecord | undefined;
  let previous = before;
  for (const record of readSegment(segment, isNewest)) {
    const expected = previous?.epoch === epoch ? previous.seq + 1 : record.seq;
    if (record.seq !== expected) gaps.push(`${expected} is followed by ${record.seq}`);
    previous = record;
    first ??= record;
    last = record;
    records += 1;
  }
  const report: SegmentReport = {
    ...{ path, epoch, records, gaps, bytes: statSync(path).size },
    tornBytes: isNewest ? tornBytes(readFileSync(path), segment) : 0,
    ...{ first: placeOf(first), last: placeOf(last) },
  };
  return { report, last };
}

function placeOf(record: TapeRecord | undefined) {
  return record ? { seq: record.seq, at: new Date(record.at).toISOString() } : null;
}

/** What a tape holds, counted. */
export function tapeReport(dir: string): TapeReport {
  const segments = listSegments(dir);
  const inputs = new Map<string, number>();
  let ticks = 0;
  const prices = new Tally();
  for (const columns of readTickColumns(dir, (kind) => count(inputs, kind))) {
    ticks += columns.count;
    prices.add(columns);
  }
  if (ticks > 0) inputs.set('tick', ticks);
  return {
    segments: segments.length,
    bytes: segments.reduce((sum, { path }) => sum + statSync(path).size, 0),
    records: [...inputs.values()].reduce((sum, one) => sum + one, 0),
    ...{ ticks, inputs: Object.fromEntries(inputs), prices: prices.counts() },
  };
}

/** Ticks by line and verdict. */
class Tally {
  private readonly byLine: number[][] = [];
  private lines: readonly TickLine[] = [];

  add({ count: ticks, line, verdict, lines }: TickColumns): void {
    this.lines = lines;
    while (this.byLine.length < lines.length) this.byLine.push(VERDICT_NAMES.map(() => 0));
    for (let place = 0; place < ticks; place += 1) {
      const counts = this.byLine[line[place] ?? 0] ?? [];
      const code = verdict[place] ?? 0;
      counts[code] = (counts[code] ?? 0) + 1;
    }
  }

  counts(): Readonly<Record<string, number>> {
    const found = new Map<string, number>();
    for (const [place, { instrumentId, feed }] of this.lines.entries()) {
      for (const [code, ticks] of (this.byLine[place] ?? []).entries()) {
        const key = `${instrumentId} ${feed} ${VERDICT_NAMES[code]}`;
        if (ticks > 0) found.set(key, (found.get(key) ?? 0) + ticks);
      }
    }
    return Object.fromEntries(found);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
