import { z } from 'zod';
import type { Recording } from './recorded-trades.js';

const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be decimal text');
const positiveText = z.string().regex(/^\d+(\.\d+)?$/, 'must be decimal text, not negative');
const rowNumber = z.number().int().min(0);

const condition = z.union([
  z.strictObject({ column: z.string().min(1), equals: z.string() }),
  z.strictObject({
    column: z.string().min(1),
    hex_bits_clear: z.string().regex(/^[0-9a-fA-F]{1,16}$/, 'must be a hexadecimal mask'),
  }),
]);

const params = z.strictObject({
  stop: positiveText.optional(),
  target: positiveText.optional(),
  trail: positiveText.optional(),
  trail_percent: positiveText.optional(),
  step: positiveText.optional(),
  activation: positiveText.optional(),
});

/** Only what a case states is compared. */
const expected = z.strictObject({
  outcome: z.enum(['stop', 'target', 'none']),
  entry_price: decimalText.optional(),
  trigger_row: rowNumber.optional(),
  ts_ms: z.string().optional(),
  ts_us: z.string().optional(),
  ts_ns: z.string().optional(),
  trade_id: z.string().optional(),
  trigger_price: decimalText.optional(),
  beyond_stop_by: decimalText.optional(),
  trail_moves: rowNumber.optional(),
  water_mark: decimalText.optional(),
  activated_row: rowNumber.optional(),
  final_stop: decimalText.optional(),
});

const outcomeCase = z.strictObject({
  id: z.string().min(1),
  file: z.string().min(1),
  side: z.enum(['long', 'short']),
  price_column: z.string().min(1).default('price'),
  filter: z.array(condition).default([]),
  start_row: rowNumber,
  params,
  note: z.string().optional(),
  expected,
});

const caseFile = z.object({ cases: z.array(z.unknown()) });

export type OutcomeCase = z.infer<typeof outcomeCase>;
export type OutcomeParams = OutcomeCase['params'];
export type ExpectedOutcome = OutcomeCase['expected'];
export type RowCondition = OutcomeCase['filter'][number];

/** A case that cannot be run stays in the list, so that it is counted as failed and never left out. */
export type CaseEntry =
  | { readonly kind: 'case'; readonly outcomeCase: OutcomeCase }
  | { readonly kind: 'unreadable'; readonly id: string; readonly problem: string };

/** One row that the case sees. Texts are exactly those of the file. */
export interface CaseRow {
  readonly row: number;
  /** In the unit of the file's first column. */
  readonly time: string;
  readonly timeMs: number;
  readonly price: string;
  /** Undefined when the file has no ids. */
  readonly tradeId: string | undefined;
}

/** The file as a whole is not of the form. */
export class CaseFileUnreadable extends Error {}

/** Throws CaseFileUnreadable; a single bad case is an entry of its own. */
export function parseOutcomeCases(text: string): readonly CaseEntry[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new CaseFileUnreadable(`is not JSON: ${String(error)}`);
  }
  const file = caseFile.safeParse(content);
  if (!file.success) throw new CaseFileUnreadable('must be an object with a list `cases`');
  return file.data.cases.map(parseCase);
}

function parseCase(found: unknown, index: number): CaseEntry {
  const parsed = outcomeCase.safeParse(found);
  if (parsed.success) return { kind: 'case', outcomeCase: parsed.data };
  const id = z.object({ id: z.string() }).safeParse(found).data?.id ?? `#${index}`;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { kind: 'unreadable', id, problem: problems.join('; ') };
}

/**
 * Rows of the recording from the start row of the case on that pass its filter, in file order, with their numbers of
 * the file. The first is the start row itself.
 *
 * Throws RecordingUnreadable for a column that the recording does not have, and CaseFileUnreadable when the start row
 * does not exist for the case.
 */
export function* rowsOf(outcome: OutcomeCase, recording: Recording): Generator<CaseRow> {
  const passes = outcome.filter.map((one) => conditionOn(one, recording));
  const pricePlace = recording.place(outcome.price_column);
  const idPlace = recording.has('trade_id') ? recording.place('trade_id') : undefined;
  for (let row = outcome.start_row; row < recording.rowCount; row += 1) {
    if (passes.every((pass) => pass(row))) {
      yield {
        row,
        time: recording.cell(row, 0),
        timeMs: recording.timeMs(row),
        price: recording.cell(row, pricePlace),
        tradeId: idPlace === undefined ? undefined : recording.cell(row, idPlace),
      };
    } else if (row === outcome.start_row) {
      throw new CaseFileUnreadable(`start_row ${row} does not pass the filter of the case`);
    }
  }
  if (outcome.start_row >= recording.rowCount) {
    throw new CaseFileUnreadable(
      `start_row ${outcome.start_row} is not one of the ${recording.rowCount} rows`,
    );
  }
}

function conditionOn(one: RowCondition, recording: Recording): (row: number) => boolean {
  const place = recording.place(one.column);
  if ('equals' in one) return (row) => recording.cell(row, place) === one.equals;
  const mask = BigInt(`0x${one.hex_bits_clear}`);
  // A file has a few dozen different bit fields among hundreds of thousands of rows.
  const known = new Map<string, boolean>();
  return (row) => {
    const bits = recording.cell(row, place);
    let isClear = known.get(bits);
    if (isClear === undefined) {
      isClear = /^[0-9a-fA-F]+$/.test(bits) && (BigInt(`0x${bits}`) & mask) === 0n;
      known.set(bits, isClear);
    }
    return isClear;
  };
}
