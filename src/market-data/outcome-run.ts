import {
  ZERO,
  compare,
  decimal,
  formatDecimal,
  negate,
  parseDecimal,
  subtract,
} from '../domain/kernel/decimal.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { rowsOf } from './outcome-cases.js';
import type { CaseRow, ExpectedOutcome, OutcomeCase, OutcomeParams } from './outcome-cases.js';
import type { Recording } from './recorded-trades.js';
import { StopTrial } from './stop-trial.js';

/** What the engine made of a case, in the words of the file. Null: there is none. */
export type ActualOutcome = {
  readonly [Field in keyof Required<ExpectedOutcome>]: string | number | null;
};

const DECIMAL_FIELDS: ReadonlySet<string> = new Set([
  'entry_price',
  'trigger_price',
  'beyond_stop_by',
  'water_mark',
  'final_stop',
]);

/** Runs a case through the production engine. Returns the first difference from what is expected, or undefined. */
export function checkOutcome(outcome: OutcomeCase, recording: Recording): string | undefined {
  const actual = runOutcome(outcome, recording);
  if (typeof actual === 'string') return actual;
  for (const [field, wanted] of Object.entries(outcome.expected)) {
    const was = actual[field as keyof ActualOutcome];
    if (wanted === undefined || isSame(field, wanted, was)) continue;
    return `${field} expected ${wanted}, was ${was ?? 'none'}`;
  }
  return undefined;
}

function isSame(field: string, wanted: string | number, was: string | number | null): boolean {
  if (was === null || !DECIMAL_FIELDS.has(field)) return wanted === was;
  const [a, b] = [parseDecimal(String(wanted)), parseDecimal(String(was))];
  return a !== undefined && b !== undefined && compare(a, b) === 0;
}

/** Returns what was found, or why the case cannot be run. */
function runOutcome(outcome: OutcomeCase, recording: Recording): ActualOutcome | string {
  const { params, side } = outcome;
  if (params.trail !== undefined && params.trail_percent !== undefined) {
    return 'params: trail and trail_percent exclude each other';
  }
  const [start] = rowsOf(outcome, recording);
  if (!start) return 'has no rows';
  const priceTick = finestTick(outcome, recording);
  const trial = new StopTrial({ priceTick, side, entryPrice: start.price });
  // The start row seeds the water mark. A stop that sleeps or is fixed does not know it: it can fire nothing yet.
  const isSeeded = params.activation === undefined && trails(params);
  if (isSeeded) feed(trial, start);
  const refusal = trial.arm(planOf(params));
  if (refusal !== undefined) return refusal;
  const rows: PlayedRows = { fired: trial.triggered && start, activated: undefined };
  const problem = rows.fired ? undefined : play(trial, outcome, { recording, rows });
  return problem ?? found(trial, rows, recording);
}

interface PlayedRows {
  fired: CaseRow | undefined;
  activated: CaseRow | undefined;
}

/** Plays the rows behind the start row until the stop fires. Returns why it cannot go on, or undefined. */
function play(
  trial: StopTrial,
  outcome: OutcomeCase,
  { recording, rows }: { recording: Recording; rows: PlayedRows },
): string | undefined {
  for (const row of rowsOf(outcome, recording)) {
    if (row.row === outcome.start_row) continue;
    if (!feed(trial, row)) return `row ${row.row}: '${row.price}' is no price`;
    if (trial.activated) rows.activated ??= row;
    if (trial.triggered) {
      rows.fired = row;
      return undefined;
    }
  }
  return undefined;
}

function found(trial: StopTrial, rows: PlayedRows, recording: Recording): ActualOutcome {
  const { armed, triggered } = trial;
  const { track } = trial;
  const time = (column: string): string | null =>
    rows.fired && recording.columns[0] === column ? rows.fired.time : null;
  return {
    outcome: triggered?.branch ?? 'none',
    entry_price: armed?.entryPrice ?? null,
    trigger_row: rows.fired?.row ?? null,
    ts_ms: time('ts_ms'),
    ts_us: time('ts_us'),
    ts_ns: time('ts_ns'),
    trade_id:
      triggered && rows.fired?.tradeId !== undefined ? (triggered.cause?.tradeId ?? null) : null,
    trigger_price: triggered?.cause?.price ?? null,
    beyond_stop_by: beyondStop(trial),
    trail_moves: track?.trailMoves ?? null,
    activated_row: rows.activated?.row ?? null,
    final_stop: track?.level ?? null,
    water_mark: trial.finalExtreme(),
  };
}

function beyondStop({ triggered }: StopTrial): string | null {
  if (triggered?.branch !== 'stop' || triggered.track.level === null || !triggered.cause)
    return null;
  const gap = subtract(decimal(triggered.track.level), decimal(triggered.cause.price));
  return formatDecimal(compare(gap, ZERO) < 0 ? negate(gap) : gap);
}

/** False for a row that has no price. */
function feed(trial: StopTrial, row: CaseRow): boolean {
  // In one-sided quotes 0 stands for a side that did not change: no price.
  if (/^0+(\.0+)?$/.test(row.price)) return true;
  const units = trial.units(row.price);
  if (units === undefined) return false;
  trial.trade(units, row.tradeId ?? '', row.timeMs);
  return true;
}

function trails(params: OutcomeParams): boolean {
  return params.trail !== undefined || params.trail_percent !== undefined;
}

function planOf(params: OutcomeParams): PlanRequest {
  const { stop, target, trail, trail_percent: percent, step, activation } = params;
  return {
    ...(stop !== undefined && { stop }),
    ...(trail !== undefined && { trail: { amount: trail } }),
    ...(percent !== undefined && { trail: { percent } }),
    ...(step !== undefined && { step }),
    ...(activation !== undefined && { activation }),
    ...(target !== undefined && { targets: [{ price: target }] }),
    // The rules of the file compute stops exactly.
    dialect: { rounding: 'none', throughMarket: 'fire' },
  };
}

/** The coarsest power of ten on which every price that the case meets lies. */
function finestTick(outcome: OutcomeCase, recording: Recording): string {
  const { activation, target } = outcome.params;
  let scale = Math.max(...[activation ?? '0', target ?? '0'].map(digitsOf));
  for (const { price } of rowsOf(outcome, recording)) scale = Math.max(scale, digitsOf(price));
  return formatDecimal({ units: 1n, scale });
}

/** Significant digits after the point. */
function digitsOf(text: string): number {
  const point = text.indexOf('.');
  if (point < 0) return 0;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  return end - point - 1;
}
