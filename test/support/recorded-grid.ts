import { formatUnits } from '../../src/domain/instrument/price-grid.js';
import type { DecimalText, PositionSide } from '../../src/domain/kernel/units.js';
import { NAMED_DIALECTS } from '../../src/domain/stop/dialect.js';
import type { StopPlan } from '../../src/domain/stop/stop-plan.js';
import type { ArmedStop } from '../../src/engine/armed-stop.js';
import { armedTrack } from '../../src/engine/live-track.js';
import { noOutcome } from '../../src/engine/price-index.js';
import { StopBook } from '../../src/engine/stop-book.js';
import type { Tick } from '../../src/engine/tick.js';
import { RecordedTicks } from '../../src/market-data/recorded-ticks.js';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { admitted, instrumentOf, knownStop } from './armed-stops.js';
import { SlowStop, formatOf } from './slow-stop.js';
import type { SlowTick } from './slow-stop.js';

const INSTRUMENT = 'BINANCE:LTCUSDT';

type Parts = Omit<StopPlan, 'triggerBy' | 'dialect'>;

/** Plans of every part around a first price, in units of the grid; `bps` of it are what distances are made of. */
function partsAt(first: number, scale: number, side: PositionSide): readonly Parts[] {
  const better = side === 'long' ? 1 : -1;
  const units = (bps: number): number => Math.max(1, Math.round((first * bps) / 10_000));
  const text = (value: number): DecimalText => formatUnits(value, scale);
  const at = (bps: number): DecimalText =>
    text(first + better * Math.sign(bps) * units(Math.abs(bps)));
  const trails: Parts[] = [
    { trail: { amount: text(units(5)) } },
    { trail: { percent: '0.07' as DecimalText } },
    { trail: { bps: '31' as DecimalText } },
    { trail: { ticks: units(12) } },
  ];
  return trails.flatMap((trail) => [
    trail,
    { ...trail, step: text(units(2)), stop: at(-40) },
    { ...trail, activation: at(6), stop: at(-15) },
    { ...trail, breakEven: { trigger: at(8), offset: text(units(1)) } },
    { ...trail, tighten: { from: at(9), touch: 'strict', trail: { ticks: 1 } } },
    { ...trail, targets: [{ price: at(7), portion: '0.5' as DecimalText }] },
  ]);
}

interface Pair {
  readonly name: string;
  readonly armed: ArmedStop;
  readonly slow: SlowStop;
}

function pairsAt(tick: Tick, scale: number, book: StopBook): Pair[] {
  const isPrint = tick.kind === 'trade';
  const first = isPrint ? tick.priceUnits : tick.bidUnits;
  const instrument = instrumentOf(formatUnits(1, scale));
  const pairs: Pair[] = [];
  for (const side of ['long', 'short'] as const) {
    for (const [dialectName, dialect] of NAMED_DIALECTS) {
      partsAt(first, scale, side).forEach((parts, number) => {
        const triggerBy = isPrint ? 'last' : 'bidAsk';
        // A step that climbs a ladder is another plan: see the random plans.
        if (dialect.stepping === 'ladder' && parts.step !== undefined) return;
        const plan: StopPlan = { ...parts, triggerBy, dialect };
        const entry = formatUnits(first, scale);
        const name = `${side} ${dialectName} ${number}`;
        const stop = knownStop(side, plan, { stopId: name, entryPrice: entry });
        const armed = admitted(book, stop, instrument);
        const slow = new SlowStop(side, plan, { tick: formatUnits(1, scale), entry });
        pairs.push({ name, armed, slow });
      });
    }
  }
  return pairs;
}

function shown(tick: Tick, scale: number): SlowTick {
  return tick.kind === 'trade'
    ? { last: formatUnits(tick.priceUnits, scale) }
    : { bid: formatUnits(tick.bidUnits, scale), ask: formatUnits(tick.askUnits, scale) };
}

/**
 * Plays a recording, or its first rows, to the engine and to the slow model. Returns how many stops fired; throws at the
 * first difference.
 */
export function playGrid(path: string, rowsMax = Infinity): { rows: number; fired: number } {
  const ticks = new RecordedTicks(Recording.read(path), {
    ...{ instrumentId: INSTRUMENT, feed: 'recorded' },
  });
  const book = new StopBook();
  let pairs: Pair[] | undefined;
  let [rows, fired] = [0, 0];
  for (const tick of ticks) {
    pairs ??= pairsAt(tick, ticks.priceScale, book);
    if (rows === rowsMax) break;
    rows += 1;
    const out = noOutcome();
    book.onTick(tick, out);
    const gone = new Set(out.fired);
    const seen = shown(tick, ticks.priceScale);
    pairs = pairs.filter(({ name, armed, slow }) => {
      const wanted = slow.onTick(seen);
      const where = `${path} row ${rows} ${name}`;
      if (wanted.fired !== gone.has(armed)) throw new Error(`${where}: fired ${wanted.fired}`);
      if (wanted.moved || wanted.brokeEven || wanted.activated || wanted.fired) {
        const { level, trailMoves } = armedTrack(armed);
        expect([where, level, trailMoves]).toStrictEqual([
          ...[where, formatOf(slow.level) ?? null, slow.moves],
        ]);
      }
      if (wanted.fired) fired += 1;
      return !wanted.fired;
    });
  }
  return { rows, fired };
}
