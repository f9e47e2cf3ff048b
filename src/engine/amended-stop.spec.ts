import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';

const EVEN = { trigger: '84', offset: '0.05' } as const;
const LATER = { timeStop: { after: 'PT1H' } } as const;

/** A long at 83.29 that was at 84.50 and is at 83.90. */
function after(plan: PlanRequest, prices = ['84.5', '83.9']): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.position(1, 'long');
  fixture.price('83.29');
  const armed = fixture.arm(2, 1, plan);
  if (armed.kind === 'rejected') throw new Error(JSON.stringify(armed.problems));
  prices.forEach((price) => fixture.price(price));
  return fixture;
}

function amend(fixture: PartitionFixture, plan: PlanRequest) {
  const { registry } = fixture.partition;
  const expectedRevision = registry.revisionOf(`stop-${ulidOf(2)}`);
  return fixture.command({ kind: 'AmendStop', stopId: ulidOf(2), expectedRevision, plan });
}

const trackOf = (fixture: PartitionFixture) =>
  fixture.partition.registry.stops.get(ulidOf(2))?.track;

const levelOf = (fixture: PartitionFixture) => trackOf(fixture)?.level;

describe('an amendment', () => {
  it.each<[what: string, plan: PlanRequest, level: string]>([
    ['a break-even', { stop: '82', breakEven: EVEN }, '83.34'],
    ['a break-even without a stop', { breakEven: EVEN }, '83.34'],
    ['a break-even beside a trail', { trail: { amount: '2' }, breakEven: EVEN }, '83.34'],
    ['a trail past its break-even', { trail: { amount: '1' }, breakEven: EVEN }, '83.5'],
    ['a trail', { trail: { percent: '2' } }, '82.81'],
    ['an activated trail', { stop: '82', trail: { amount: '2' }, activation: '84' }, '82.5'],
    [
      'a tightened trail',
      { trail: { amount: '2' }, tighten: { from: '84', trail: { ticks: 70 } } },
      '83.8',
    ],
    [
      'a ladder',
      { stop: '82', step: '0.5', dialect: { stepping: 'ladder' }, breakEven: EVEN },
      '83.34',
    ],
  ])('that leaves alone what decides the level leaves %s where it is', (_what, plan, level) => {
    const fixture = after(plan);
    const before = trackOf(fixture);
    expect(before?.level).toBe(level);
    const limit = { limit: { offset: { bps: '0.5' } } };
    for (const part of [LATER, { targets: [{ price: '90', portion: '0.5' }] }, limit, {}]) {
      expect(amend(fixture, { ...plan, ...part })).toMatchObject({ kind: 'accepted' });
      expect(trackOf(fixture)).toMatchObject({ ...before });
    }
  });

  it.each<[what: string, before: PlanRequest, amended: PlanRequest, level: string]>([
    ['an amount', { trail: { amount: '2' } }, { trail: { amount: '1' } }, '83.5'],
    ['a share', { trail: { percent: '2' } }, { trail: { percent: '1' } }, '83.66'],
  ])('of %s measures the new one from the best price', (_what, before, amended, level) => {
    const fixture = after(before);
    expect(amend(fixture, amended)).toMatchObject({ kind: 'accepted' });
    expect(levelOf(fixture)).toBe(level);
  });

  it('leaves the level of a measure that has come down where it is', () => {
    const plan: PlanRequest = {
      trail: { atr: { period: 1, multiple: '1', interval: 'PT1M' } },
    };
    const fixture = after(plan, []);
    // The range of the second bar is ten times that of the first.
    const closes = [['83.5', '83.6'], ['83.6', '84.6', '84.55'], ['84.56']];
    closes.forEach((prices, minute) => {
      fixture.at = T0 + 60_000 * (minute + 1);
      prices.forEach((price) => fixture.price(price));
    });
    expect(levelOf(fixture)).toBe('84.5');
    expect(amend(fixture, { ...plan, ...LATER })).toMatchObject({ kind: 'accepted' });
    expect(levelOf(fixture)).toBe('84.5');
  });

  it.each<[what: string, plan: PlanRequest, level: string]>([
    ['another offset', { stop: '82', breakEven: { trigger: '84', offset: '0.20' } }, '83.49'],
    ['a worse offset', { stop: '82', breakEven: { trigger: '84', offset: '-0.10' } }, '83.19'],
    [
      'a trigger before it',
      { stop: '82', breakEven: { trigger: '83.5', offset: '0.05' } },
      '83.34',
    ],
    ['another stop', { stop: '81', breakEven: EVEN }, '83.34'],
    ['a trail', { trail: { amount: '3' }, breakEven: EVEN }, '83.34'],
    ['a closer trail', { trail: { amount: '0.5' }, breakEven: EVEN }, '83.4'],
    ['no break-even', { stop: '82' }, '82'],
    // Nothing says that the price was there: what is known is that it reached 84.
    ['a trigger beyond it', { stop: '82', breakEven: { trigger: '84.4', offset: '0.05' } }, '82'],
  ])('of a reached break-even to %s counts it as reached', (_what, plan, level) => {
    const fixture = after({ stop: '82', breakEven: EVEN });
    expect(amend(fixture, plan)).toMatchObject({ kind: 'accepted' });
    expect(levelOf(fixture)).toBe(level);
  });

  it('counts the best price of a trail for a break-even, as it does for an activation', () => {
    const at = (trigger: string) => {
      const fixture = after({ trail: { amount: '3' } });
      amend(fixture, { trail: { amount: '3' }, breakEven: { trigger, offset: '0' } });
      return levelOf(fixture);
    };
    expect([at('84.5'), at('84.51')]).toStrictEqual(['83.29', '81.5']);
  });

  it('takes a break-even for a new condition that was not reached, or by another price', () => {
    const fixture = after({ stop: '82', breakEven: EVEN }, ['83.9']);
    amend(fixture, { stop: '82', breakEven: EVEN, ...LATER });
    expect(levelOf(fixture)).toBe('82');
    fixture.price('84');
    expect(levelOf(fixture)).toBe('83.34');
    amend(fixture, { stop: '82', breakEven: EVEN, triggerBy: 'bidAsk' });
    expect(levelOf(fixture)).toBe('82');
  });

  it('mirrors that for a short', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'short');
    fixture.price('83.29');
    const plan: PlanRequest = { stop: '85', breakEven: { trigger: '82.5', offset: '0.05' } };
    fixture.arm(2, 1, plan);
    ['82.4', '82.8'].forEach((price) => fixture.price(price));
    amend(fixture, { ...plan, ...LATER });
    expect(levelOf(fixture)).toBe('83.24');
    amend(fixture, { stop: '84', breakEven: { trigger: '82.6', offset: '0.15' } });
    expect(levelOf(fixture)).toBe('83.14');
  });

  it('holds after a restart, before it and behind it', () => {
    const plan: PlanRequest = { stop: '82', breakEven: EVEN };
    const fixture = after(plan);
    const image = structuredClone(fixture.partition.image());
    const resumed = fixture.resumed(image, fixture.decisions.length);
    const again = fixture.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    for (const next of [again, resumed]) {
      expect(amend(next, { ...plan, ...LATER })).toMatchObject({ kind: 'accepted' });
      expect(levelOf(next)).toBe('83.34');
    }
    const whole = fixture.decisions.concat(again.decisions);
    const third = fixture.restarted(whole);
    third.partition.beginRecovery();
    third.partition.live();
    expect(levelOf(third)).toBe('83.34');
    const fired = third.price('83.34').map(({ type }) => type);
    expect(fired).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });
});
