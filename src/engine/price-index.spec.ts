import { admitted, engineTick, instrumentOf, knownStop } from '../../test/support/armed-stops.js';
import { SlowStop, formatOf } from '../../test/support/slow-stop.js';
import type { SlowTick } from '../../test/support/slow-stop.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import { armedTrack } from './live-track.js';
import { noOutcome } from './price-index.js';
import { StopBook } from './stop-book.js';

const PLAN: StopPlan = {
  trail: { amount: '1' as DecimalText },
  triggerBy: 'bidAsk',
  dialect: { ...STOPLEDGER_DIALECT, trailBy: 'last' },
};

const book = (bid: string): SlowTick => ({ bid, ask: String(Number(bid) + 1) });
const print = (last: string): SlowTick => ({ last });

describe('stops of the same plan that a second price moves', () => {
  it('go their own ways: each as the slow model, whichever comes late or goes early', () => {
    const stops = new StopBook();
    const arm = (stopId: string) => {
      const stop = knownStop('long', PLAN, { stopId });
      const armed = admitted(stops, stop, instrumentOf('0.01'));
      return { stop, armed, slow: new SlowStop('long', PLAN, { tick: '0.01', entry: '4000' }) };
    };
    const shownTo = [arm('1'), arm('2')];
    const show = (tick: SlowTick): void => {
      const out = noOutcome();
      stops.onTick(engineTick(tick, 2), out);
      for (const { armed, slow } of shownTo) {
        expect(out.fired.includes(armed)).toBe(slow.onTick(tick).fired);
        expect(armedTrack(armed)).toMatchObject({
          level: formatOf(slow.level) ?? null,
          extreme: formatOf(slow.extreme) ?? null,
          trailMoves: slow.moves,
        });
      }
    };
    [book('86.9'), print('84'), print('85')].forEach(show);
    shownTo.push(arm('3'));
    [book('86.8'), print('84.9'), print('86')].forEach(show);
    const [gone] = shownTo.splice(1, 1);
    if (gone) stops.release(gone.stop);
    [print('87'), book('86.5'), book('86')].forEach(show);
    expect(shownTo.map(({ armed }) => armedTrack(armed).level)).toStrictEqual(['86', '86']);
  });
});

describe('a price', () => {
  // One plan: only stops of the same terms stand together.
  const FIXED: StopPlan = {
    ...{ stop: '80' as DecimalText, triggerBy: 'bidAsk', dialect: STOPLEDGER_DIALECT },
  };
  const arm = (stops: StopBook, stopId: string) =>
    admitted(stops, knownStop('long', FIXED, { stopId }), instrumentOf('0.01'));

  it('is quiet only where it neither lets anything leave nor moves anything', () => {
    const stops = new StopBook();
    const plan: StopPlan = { ...PLAN, triggerBy: 'last', dialect: STOPLEDGER_DIALECT };
    const stop = knownStop('long', plan);
    admitted(stops, stop, instrumentOf('0.01'));
    stops.onTick(engineTick(print('85'), 2), noOutcome());
    const { instrumentId } = stop.stamp;
    const quiet = [8400, 8401, 8500, 8501].map((units) => stops.isQuietAt(instrumentId, units));
    expect(quiet).toStrictEqual([false, true, true, false]);
  });

  it('that one stop is armed through leaves another of the same plan alone', () => {
    const stops = new StopBook();
    const [early, late] = [arm(stops, '1'), arm(stops, '2')];
    const out = noOutcome();
    stops.onTickOf(late, 'BINANCE:LTCUSDT', engineTick(book('79'), 2), out);
    expect(out.fired).toStrictEqual([late]);
    stops.onTick(engineTick(book('79'), 2), out);
    expect(out.fired).toStrictEqual([late, early]);
  });

  it('that moves a stop onto the market fires it once, whatever comes then', () => {
    const stops = new StopBook();
    const armed = admitted(stops, knownStop('long', PLAN), instrumentOf('0.01'));
    const fired = [print('84'), book('83.5'), print('85'), book('83'), print('86'), book('82')].map(
      (tick) => {
        const out = noOutcome();
        stops.onTick(engineTick(tick, 2), out);
        return out.fired.length;
      },
    );
    expect(fired).toStrictEqual([0, 0, 1, 0, 0, 0]);
    expect(armedTrack(armed).level).toBe('84');
  });
});
