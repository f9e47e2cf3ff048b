import { DISTANCE_BPS } from './polling-study.js';
import type { StudyOutcome } from './polling-study.js';
import { stepPlot } from './step-plot.js';

export interface StudyFindings {
  readonly group: string;
  readonly name: string;
  /** Stops that were armed. */
  readonly stops: number;
  /** Of those that a price has reached. */
  readonly outcomes: readonly StudyOutcome[];
}

const PLOT_FILE = 'candle-polling.svg';

/** The study as a page and its drawing. */
export function pollingReport(all: readonly StudyFindings[], seed: number) {
  const groups = [...new Set(all.map(({ group }) => group))];
  const whole: StudyFindings = { ...merged(all), group: '', name: '**all**' };
  const rows = [...all, whole].map(row);
  const { lateMedianS, missed, medianBps, p95Bps, worstBps } = figures(whole);
  const page = [
    '# Candle polling against ticks',
    '',
    'Written by `npm run study:polling -- FOLDER`; not to be edited. Many programs that guard positions ask for one-minute candles and compare',
    'the close with the stop. This is what that costs beside a stop that looks at every price, on recorded markets.',
    '',
    `**A stop that was reached fired a median of ${lateMedianS} s late; ${missed} % were missed in their minute, because its close was back`,
    `on the good side. The price was worse by a median of ${medianBps} bps, by ${p95Bps} bps or more for one in twenty, by ${worstBps} bps at worst.**`,
    'At times the price has come back and waiting paid: the loss is below zero then, and counted as it is.',
    '',
    `![Share of stops by loss](${PLOT_FILE})`,
    '',
    '## How',
    '',
    `For each recording, stops by chance (seed ${seed}), as many long as short, each armed at a price of the recording and`,
    `${DISTANCE_BPS.min} to ${DISTANCE_BPS.max} bps away from it. Prices go through the quality gate first; a long is closed at the bid where there are quotes, a short`,
    'at the ask. **Ticks**: the first price at or beyond the stop, at that price. **Candles**: at the end of each minute, from the one in which',
    'that happened on, the close is compared with the stop; at or beyond it, the next price is what is got. A stop that candles never fire is',
    'valued at the last price of the recording. Neither way pays for latency or size, which would add to both.',
    '',
    '| recording | stops | reached | late: median s | missed in their minute | never fired | loss bps: mean | median | 95 % | worst |',
    `| --- |${' ---: |'.repeat(9)}`,
    ...rows,
    '',
  ].join('\n');
  const plot = stepPlot(
    {
      title: 'Loss of one-minute candles beside ticks',
      ...{ xLabel: 'worse than the tick by at most, bps', yLabel: '% of stops that were reached' },
      ...{ xTicks: [-20, -10, 0, 10, 20, 30, 40, 50], yTicks: [0, 20, 40, 60, 80, 100] },
    },
    groups.map((group) => {
      const { outcomes } = merged(all.filter((one) => one.group === group));
      return { name: `${group} (${outcomes.length})`, points: cumulative(outcomes) };
    }),
  );
  return { page, plot, plotFile: PLOT_FILE };
}

function merged(all: readonly StudyFindings[]) {
  return {
    stops: all.reduce((sum, { stops }) => sum + stops, 0),
    outcomes: all.flatMap(({ outcomes }) => outcomes),
  };
}

function row(found: StudyFindings): string {
  const one = figures(found);
  const { name, stops } = found;
  const counts = [stops, one.reached].map((value) => value.toLocaleString('en-US'));
  return `| ${[
    name.startsWith('*') ? name : `\`${name}\``,
    ...counts,
    ...[one.lateMedianS, `${one.missed} %`, `${one.never} %`],
    ...[one.meanBps, one.medianBps, one.p95Bps, one.worstBps],
  ].join(' | ')} |`;
}

function figures({ outcomes }: StudyFindings) {
  const losses = outcomes.map(({ lossCentiBps }) => lossCentiBps).sort(ascending);
  const late = outcomes.flatMap(({ lateMs }) => lateMs ?? []).sort(ascending);
  const sum = losses.reduce((total, loss) => total + loss, 0);
  return {
    reached: outcomes.length,
    lateMedianS: text((quantile(late, 0.5) ?? 0) / 1_000, 1),
    missed: share(outcomes, ({ isMissedInItsMinute }) => isMissedInItsMinute),
    never: share(outcomes, ({ polledAt }) => polledAt === undefined),
    meanBps: text(sum / Math.max(1, losses.length) / 100, 2),
    medianBps: text((quantile(losses, 0.5) ?? 0) / 100, 2),
    p95Bps: text((quantile(losses, 0.95) ?? 0) / 100, 2),
    worstBps: text((losses.at(-1) ?? 0) / 100, 2),
  };
}

function share(
  outcomes: readonly StudyOutcome[],
  isOne: (outcome: StudyOutcome) => boolean,
): string {
  return text((outcomes.filter(isOne).length * 100) / Math.max(1, outcomes.length), 1);
}

/** Each loss with the share of stops that lost at most that. */
function cumulative(outcomes: readonly StudyOutcome[]): (readonly [number, number])[] {
  const losses = outcomes.map(({ lossCentiBps }) => lossCentiBps).sort(ascending);
  const points = new Map<number, number>();
  losses.forEach((loss, place) => points.set(loss, ((place + 1) * 100) / losses.length));
  const [first] = losses;
  const begin = first === undefined ? [] : [[first / 100, 0] as const];
  return [...begin, ...[...points].map(([loss, percent]) => [loss / 100, percent] as const)];
}

function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

function ascending(a: number, b: number): number {
  return a - b;
}

function text(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1');
}
