import { liveStop } from '../../test/support/armed-stops.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { SettledDialect } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { LiveStop } from './live-stop.js';
import { noReaction } from './live-stop.js';
import { trackOf } from './live-track.js';

const d = (text: string): DecimalText => text as DecimalText;

function stop(parts: Partial<StopPlan>, settings: Partial<SettledDialect> = {}): LiveStop {
  const dialect = { ...STOPLEDGER_DIALECT, ...settings };
  return liveStop('long', { triggerBy: 'last', dialect, ...parts }, '1', '100');
}

describe('the limit of an exit', () => {
  const share = { offset: { percent: d('0.03') }, then: 'keep' } as const;

  // A ladder's levels lie where its steps put them; they have up to six digits here, the products have ten.
  it.each<[level: string, SettledDialect['rounding'], string]>([
    ['91.25', 'none', '91.222625'],
    ['91.25', 'looser', '91'],
    ['91.25', 'nearest', '91'],
    ['91.25', 'tighter', '92'],
    // 99.999999997: six digits make it less, and no grid price.
    ['100.030009', 'none', '99.999999'],
    ['100.030009', 'looser', '99'],
    // 100.000000997: six digits of it are on the grid, it is not.
    ['100.03001', 'looser', '100'],
    ['100.03001', 'tighter', '101'],
    // 100.500000952: six digits of it are the middle of two prices, it lies above.
    ['100.53016', 'halfEvenDecimals', '101'],
    ['100.53016', 'none', '100.5'],
  ])('behind a level at %s, rounding %s, is %s', (level, rounding, wanted) => {
    const live = stop(
      { stop: d(level), step: d('1'), limit: share },
      { stepping: 'ladder', rounding },
    );
    expect(trackOf(live).limit).toBe(wanted);
  });

  it('of a short is cut towards the side that fills sooner as well', () => {
    const dialect: SettledDialect = {
      ...STOPLEDGER_DIALECT,
      ...{ stepping: 'ladder', rounding: 'none' },
    };
    // 100.000001002997
    const plan = { stop: d('99.970011'), step: d('1'), limit: share } as const;
    const live = liveStop('short', { triggerBy: 'last', dialect, ...plan }, '1', '90');
    expect(trackOf(live).limit).toBe('100.000003');
  });

  it('is never worse than the one that was asked for', () => {
    const live = stop({ stop: d('90'), limit: { ...share, price: d('89.99') } });
    expect(trackOf(live).limit).toBe('90');
    const far = stop({
      stop: d('90'),
      limit: { offset: { ticks: 5 }, price: d('88'), then: 'keep' },
    });
    expect(trackOf(far).limit).toBe('88');
  });
});

describe('a stop that begins at a known price', () => {
  it('takes a better one when it goes on, by its own step only', () => {
    const live = stop({ trail: { ticks: 5 }, step: d('3') });
    live.seed(100);
    expect(trackOf(live)).toMatchObject({ level: '95', extreme: '100' });
    live.seed(102);
    expect(trackOf(live)).toMatchObject({ level: '95', extreme: '102' });
    live.seed(101);
    live.seed(103);
    expect(trackOf(live)).toMatchObject({ level: '98', extreme: '103' });
  });

  it('waits where its activation is not reached', () => {
    const live = stop({ trail: { ticks: 5 }, activation: d('105') });
    live.seed(104);
    expect(live.activated).toBe(false);
    live.seed(105);
    expect(trackOf(live)).toMatchObject({ level: '100', extreme: '105' });
  });
});

describe('a stop that is checked before it is moved', () => {
  it('is due when its level was moved to the price, and not when that price is left again', () => {
    const dialect = { order: 'check-then-move', trailBy: 'lastOrBidAsk' } as const;
    const breakEven = { trigger: d('100'), offset: d('0') };
    const live = stop({ trail: { ticks: 5 }, breakEven }, dialect);
    const out = noReaction();
    live.onPrice(100, out);
    expect(live).toMatchObject({ isDue: true, level: 100 * live.terms.fine });
    live.onTrailPrice(100, 101, out);
    expect(out.fired).toBe(false);
    expect(live.isDue).toBe(false);
    // The price that moves it is ahead of the one that fires it.
    live.onTrailPrice(106, 101, out);
    expect(live.isDue).toBe(true);
    live.onTrailPrice(100, 101, out);
    expect(out.fired).toBe(true);
  });

  it('is left alone where its level is behind the price', () => {
    const live = stop({ trail: { ticks: 5 } }, { order: 'check-then-move' });
    live.onPrice(100, noReaction());
    expect([live.isDue, live.trailKey, live.firingPrice]).toStrictEqual([false, 101, 95]);
  });
});
