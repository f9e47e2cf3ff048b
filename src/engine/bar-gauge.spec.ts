import { admitted, instrumentOf, knownStop } from '../../test/support/armed-stops.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { ArmedStop } from './armed-stop.js';
import { BarGauge } from './bar-gauge.js';
import type { OpenBar } from './bar-meter.js';
import { StopBook } from './stop-book.js';

const ATR = { period: 2, multiple: '1' as DecimalText, interval: 'PT10S' };

/** A stop that was restored with a bar that it had seen so far. */
function stopWith(bar: OpenBar | undefined): ArmedStop {
  const range = { sinceMs: 0, value: '0' as DecimalText, bars: 0, close: null, bar: null };
  const stop = knownStop(
    'long',
    { trail: { atr: ATR }, triggerBy: 'last', dialect: STOPLEDGER_DIALECT },
    { track: { level: null, extreme: null, trailMoves: 0, range } },
  );
  const armed = admitted(new StopBook(), stop, instrumentOf('1'));
  if (!armed.live.meter) throw new Error('a stop of an average has a meter');
  armed.live.meter.bar = bar;
  return armed;
}

function barBehind(known: OpenBar | undefined, seen: readonly [number, number][]): unknown {
  const gauge = new BarGauge(10_000);
  for (const [units, atMs] of seen) gauge.onPrice(units, atMs, () => undefined);
  const armed = stopWith(known);
  gauge.add(armed);
  return armed.live.meter?.bar;
}

describe('the bars of a stop that was restored', () => {
  const known = { startMs: 10_000, high: 12, low: 8, close: 11 };

  it('go on with what the stop had seen of the bar in progress', () => {
    expect(barBehind(known, [])).toStrictEqual(known);
    expect(barBehind(known, [[5, 9_999]])).toStrictEqual(known);
  });

  it('join what was seen before and since', () => {
    expect(barBehind(known, [[10, 10_000]])).toStrictEqual({ ...known, close: 10 });
    expect(barBehind(known, [[13, 19_999]])).toStrictEqual({ ...known, high: 13, close: 13 });
    expect(barBehind(known, [[7, 19_999]])).toStrictEqual({ ...known, low: 7, close: 7 });
  });

  it('leave out what belongs to a bar that has ended', () => {
    const newer = { startMs: 20_000, high: 10, low: 10, close: 10 };
    expect(barBehind(known, [[10, 20_000]])).toStrictEqual(newer);
  });

  it('begin with the next price where nothing is known', () => {
    expect(barBehind(undefined, [])).toBeUndefined();
  });

  it('are shown as a copy, and not before there is one', () => {
    const gauge = new BarGauge(10_000);
    expect(gauge.open).toBeUndefined();
    gauge.onPrice(10, 1, () => undefined);
    const { open } = gauge;
    gauge.onPrice(11, 2, () => undefined);
    expect(open).toStrictEqual({ startMs: 0, high: 10, low: 10, close: 10 });
  });
});
