import type { Fact } from '../domain/facts.js';
import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';

describe('a partition whose log is behind', () => {
  it('merges more moves while the log lags, and says so; the same run, or one restarted, does the same', () => {
    const rule = { recordIntervalMs: 100, trailEventsPerSecondMax: 4000 };
    const fixture = PartitionFixture.ready(rule);
    fixture.position(1, 'long');
    fixture.arm(2, 1, { trail: { amount: '1' } });
    const rise = (count: number): Fact[] =>
      Array.from({ length: count }, () => {
        fixture.at += 100;
        units += 1;
        return fixture.price((units / 100).toFixed(2));
      }).flat();
    let units = 8329;
    rise(1);
    expect(rise(20).map(({ type }) => type)).toHaveLength(20);
    const lag = { kind: 'lag', isLagging: true, queued: 10_001 } as const;
    expect(fixture.input(lag).facts).toMatchObject([
      { type: 'EngineLagged', data: { isLagging: true, queued: 10_001, recordIntervalMs: 1000 } },
    ]);
    expect(rise(20).map(({ type }) => type)).toStrictEqual(['StopTrailed', 'StopTrailed']);
    const half = fixture.decisions.length;
    const again = new PartitionFixture(1, rule);
    for (const { at, input } of fixture.inputs) {
      again.at = at;
      again.input(input);
    }
    expect(again.decisions).toStrictEqual(fixture.decisions);
    const next = fixture.restarted();
    next.partition.beginRecovery();
    for (const taped of fixture.inputs) next.partition.recover(taped);
    next.partition.live();
    expect(next.partition.snapshot().state.recorder.isLagging).toBe(true);
    expect(next.partition.trackOf(ulidOf(2))).toStrictEqual(fixture.partition.trackOf(ulidOf(2)));
    expect(next.input({ kind: 'started', build: 'b' }).facts).toMatchObject([
      { type: 'EngineStarted' },
    ]);
    expect(next.partition.snapshot().state.recorder.isLagging).toBeUndefined();
    fixture.input({ kind: 'lag', isLagging: false, queued: 9 });
    rise(10);
    expect(fixture.decisions.slice(half).map(({ fact }) => fact.type)).toStrictEqual([
      'EngineLagged',
      ...Array.from({ length: 10 }, () => 'StopTrailed'),
    ]);
  });
});
