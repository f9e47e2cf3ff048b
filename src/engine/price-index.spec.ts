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
