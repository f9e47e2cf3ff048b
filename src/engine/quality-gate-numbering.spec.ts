import { T0, judgeAll, range, trade } from '../../test/support/gate-ticks.js';
import { CONTRADICTION_RUN, RESTART_RUN } from './id-window.js';
import { QualityGate } from './quality-gate.js';
import type { GateVerdict, TradeTick } from './tick.js';

describe('a venue that numbers anew', () => {
  const absurd = 9_007_199_254_740_991;

  it('is followed after a run of prints in good order', () => {
    const late = { venueTimeMs: T0 - 1 };
    const ids = range(1001, RESTART_RUN + 1);
    const verdicts = judgeAll([trade(100_000), ...ids.map((id) => trade(id, late))]);
    expect(verdicts.slice(1)).toEqual([
      ...Array<GateVerdict>(RESTART_RUN - 1).fill('out-of-order'),
      'good',
      'good',
    ]);
  });

  it('is followed at once after one absurd id, which the times of what follows contradict', () => {
    const ids = [1000, absurd, ...range(1001, CONTRADICTION_RUN + 1)];
    expect(judgeAll(ids.map((id) => trade(id))).slice(2)).toEqual([
      ...Array<GateVerdict>(CONTRADICTION_RUN - 1).fill('out-of-order'),
      'good',
      'good',
    ]);
  });

  it('costs not one print with an absurd time: none was made after it arrived', () => {
    const gate = new QualityGate();
    gate.judge(trade(1000, { venueTimeMs: T0 + 3_600_000 }));
    expect(judgeAll([trade(1001), trade(1002)], gate)).toEqual(['good', 'good']);
    expect(gate.judge(trade('', { venueTimeMs: T0 + 19_800_000 }))).toBe('good');
    expect(gate.judge(trade(''))).toBe('good');
  });

  it('is followed at once after one print with both an absurd id and an absurd time', () => {
    const gate = new QualityGate();
    judgeAll([trade(1000), trade(9e14, { venueTimeMs: T0 + 31_536_000_000 })], gate);
    const prints = range(1001, CONTRADICTION_RUN + 1).map((id) =>
      trade(id, { venueTimeMs: T0 + 10, receivedAtMs: T0 + 15 }),
    );
    expect(judgeAll(prints, gate)).toEqual([
      ...Array<GateVerdict>(CONTRADICTION_RUN - 1).fill('out-of-order'),
      'good',
      'good',
    ]);
  });

  it('is followed at once when ids that were seen come with newer times: they began again', () => {
    const gate = new QualityGate();
    judgeAll(
      range(1000, 200).map((id) => trade(id)),
      gate,
    );
    const again = (id: number) => trade(id, { venueTimeMs: T0 + id, receivedAtMs: T0 + id });
    const prints = range(1100, CONTRADICTION_RUN + 1).map(again);
    expect(judgeAll(prints, gate)).toEqual([
      ...Array<GateVerdict>(CONTRADICTION_RUN - 1).fill('out-of-order'),
      'good',
      'good',
    ]);
    expect(judgeAll(prints, gate)).toEqual(Array<GateVerdict>(4).fill('duplicate'));
  });

  it.each<[string, Partial<TradeTick>]>([
    ['of nothing', { size: '0' }],
    ['that is no trade', { verdict: 'not-a-trade' }],
    ['far off the market', { priceUnits: 700 }],
    ['far off, an hour ahead', { priceUnits: 700, venueTimeMs: T0 + 3_600_000 }],
  ])('costs not one print with the absurd id of a print %s', (_, broken) => {
    const gate = new QualityGate();
    gate.judge(trade(1000));
    expect(gate.judge(trade(5_001_000, broken))).not.toBe('good');
    const verdicts = judgeAll([trade(1001), trade(1001), trade(1003), trade(1002)], gate);
    expect(verdicts).toEqual(['good', 'duplicate', 'good', 'good']);
  });

  it('has the copy of a held print told from one that bears it out, and both remembered then', () => {
    const far = { priceUnits: 7800 };
    const ids = [1001, 1001, 1002, 1001, 1002];
    const verdicts = judgeAll([trade(1000), ...ids.map((id) => trade(id, far))]);
    expect(verdicts.slice(1)).toEqual(['outlier', 'duplicate', 'good', 'duplicate', 'duplicate']);
  });

  it('has its repeats recognised after it was followed', () => {
    const gate = new QualityGate();
    judgeAll(
      [absurd, ...range(1001, RESTART_RUN)].map((id) => trade(id)),
      gate,
    );
    expect(judgeAll([trade(1001), trade(1000 + RESTART_RUN)], gate)).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  it('is not followed while prints of the known numbering come in between', () => {
    const old = range(1, RESTART_RUN * 2);
    const ticks = old.flatMap((id) => [trade(id), trade(100_000 + id)]);
    const verdicts = judgeAll([trade(100_000), ...ticks]);
    expect(verdicts.filter((verdict) => verdict === 'out-of-order')).toHaveLength(old.length);
  });

  it('is not followed for one old print that comes again and again', () => {
    const ticks = [trade(100_000), ...range(0, RESTART_RUN * 2).map(() => trade(1))];
    const verdicts = judgeAll(ticks);
    expect(verdicts.slice(1, 3)).toEqual(['out-of-order', 'duplicate']);
    expect(verdicts.slice(1)).not.toContain('good');
  });
});
