import { statSync } from 'node:fs';
import type { TapeRecord } from '../../application/ports/tape.port.js';
import { listSegments } from './tape-segment.js';
import type { SegmentName } from './tape-segment.js';
import { readSegment } from './tape.reader.js';

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
  const prices = new Map<string, number>();
  let [records, ticks] = [0, 0];
  for (const [place, segment] of segments.entries()) {
    for (const { input } of readSegment(segment, place === segments.length - 1)) {
      records += 1;
      count(inputs, input.kind);
      if (input.kind !== 'tick') continue;
      ticks += 1;
      const { instrumentId, feed, verdict } = input.tick;
      count(prices, `${instrumentId} ${feed} ${verdict}`);
    }
  }
  return {
    segments: segments.length,
    bytes: segments.reduce((sum, { path }) => sum + statSync(path).size, 0),
    ...{ records, ticks, inputs: Object.fromEntries(inputs), prices: Object.fromEntries(prices) },
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
