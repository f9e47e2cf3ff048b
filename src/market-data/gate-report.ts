import { formatUnits } from '../domain/instrument/price-grid.js';
import { OUTLIER_BPS } from '../engine/price-watch.js';
import { QualityGate } from '../engine/quality-gate.js';
import type { GateVerdict, Tick } from '../engine/tick.js';
import { RecordedTicks } from './recorded-ticks.js';
import type { Recording } from './recorded-trades.js';

/** What the gate made of one recording. */
export interface GateFindings {
  readonly name: string;
  readonly ticks: number;
  readonly counts: ReadonlyMap<GateVerdict, number>;
  /** Held and never borne out, as `<time> <price>`. */
  readonly kept: readonly string[];
  /** Held and borne out by the next: real prices that waited for one tick. */
  readonly delayed: readonly string[];
}

/** Puts a recording through a gate of its own. */
export function gateFindings(name: string, recording: Recording): GateFindings {
  const gate = new QualityGate();
  const recorded = new RecordedTicks(recording, { instrumentId: 'X:Y', feed: 'recorded' });
  const counts = new Map<GateVerdict, number>();
  const outliers = new Map<Tick, string>();
  const delayed: string[] = [];
  let ticks = 0;
  for (const tick of recorded) {
    ticks += 1;
    const verdict = gate.judge(tick);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    if (verdict === 'outlier') outliers.set(tick, words(tick, recorded.priceScale));
    if (!gate.released) continue;
    const held = [...outliers.keys()].at(-1);
    if (held) outliers.delete(held);
    delayed.push(words(gate.released, recorded.priceScale));
  }
  return { name, ticks, counts, kept: [...outliers.values()], delayed };
}

function words(tick: Tick, scale: number): string {
  const price =
    tick.kind === 'trade'
      ? formatUnits(tick.priceUnits, scale)
      : `${formatUnits(tick.bidUnits, scale)}/${formatUnits(tick.askUnits, scale)}`;
  return `${new Date(tick.venueTimeMs).toISOString()} ${price}`;
}

const COLUMNS: readonly GateVerdict[] = [
  'not-a-trade',
  'duplicate',
  'out-of-order',
  'zero-size',
  'crossed-book',
  'locked-book',
  'gap',
  'outlier',
];
// Enough to see what they are; the rest is counted.
const SHOWN_MAX = 12;

/** The findings as a page of the reference. */
export function gateReport(all: readonly GateFindings[]): string {
  const rows = all.map(({ name, ticks, counts, delayed }) => {
    const cells = COLUMNS.map((verdict) => count(counts.get(verdict) ?? 0));
    return `| \`${name}\` | ${[count(ticks), ...cells, count(delayed.length)].join(' | ')} |`;
  });
  const ticks = all.reduce((sum, one) => sum + one.ticks, 0);
  const delayed = all.reduce((sum, one) => sum + one.delayed.length, 0);
  return [
    '# What the quality gate makes of the recordings',
    '',
    'Written by `npm run report:gate -- FOLDER`; not to be edited. Every recorded print and quote is shown to the gate in its order.',
    'An outlier that the next price bore out was a real price which had to wait for one tick: a **false positive**. All other columns are',
    'prices that may not decide (`gap` may: it is the first price after a silence of more than 60 s). A locked quote waits for the next one.',
    'The false positives are quotes of US shares outside of the session, of single exchanges with stub bids: no print was delayed.',
    '',
    `**${count(delayed)} false positives in ${count(ticks)} prices** with a limit of ${OUTLIER_BPS} bps.`,
    '',
    `| recording | prices | ${COLUMNS.join(' | ')} | false positives |`,
    `| --- |${' ---: |'.repeat(COLUMNS.length + 2)}`,
    ...rows,
    '',
    ...listing('Held, and never borne out', all, (one) => one.kept),
    ...listing('Held, and borne out by the next: false positives', all, (one) => one.delayed),
  ].join('\n');
}

function listing(
  title: string,
  all: readonly GateFindings[],
  linesOf: (one: GateFindings) => readonly string[],
): string[] {
  const found = all.filter((one) => linesOf(one).length > 0);
  const lines = found.map((one) => {
    const lines = linesOf(one);
    const more = lines.length > SHOWN_MAX ? `; and ${lines.length - SHOWN_MAX} more` : '';
    return `- \`${one.name}\`: ${lines.slice(0, SHOWN_MAX).join('; ')}${more}`;
  });
  return [`## ${title}`, '', ...(lines.length > 0 ? lines : ['None.']), ''];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
