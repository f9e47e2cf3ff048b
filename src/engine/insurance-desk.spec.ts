import type { Fact } from '../domain/facts.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import { nextInsurance } from './insurance-id.js';

const STOP = ulidOf(2);
const idOf = (number: number) => `${STOP}-zz0${number}`;
const insurance = { margin: { amount: '0.50' }, step: { amount: '0.10' } } as const;
const typesOf = (facts: readonly Fact[]) => facts.map(({ type }) => type);

function insured(plan: PlanRequest = { stop: '82', insurance }, side: 'long' | 'short' = 'long') {
  const fixture = PartitionFixture.ready();
  fixture.position(1, side);
  fixture.price('83.29');
  fixture.arm(2, 1, plan);
  return fixture;
}

function acked(fixture: PartitionFixture, number: number): Fact[] {
  return fixture.report({
    ...{ kind: 'acked', orderId: idOf(number), venueOrderId: `v${number}`, venueTimeMs: T0 },
  });
}

function filled(fixture: PartitionFixture, orderId: string, quantity: string): Fact[] {
  const amounts = { quantity: quantity as DecimalText, price: '81.5' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT' } as const;
  return fixture.report({
    ...{ kind: 'fill', orderId },
    fill: { venueTradeId: orderId, ...amounts, ...fee, liquidity: 'taker', filledAtMs: T0 },
  });
}

/** Stops at the venue in the order of their placing: stop price, limit price, quantity. */
function rested(fixture: PartitionFixture): string[] {
  return fixture.decisions.flatMap(({ fact }) =>
    fact.type === 'OrderPlaced' && fact.data.reduceOnly && fact.data.insures
      ? [`${fact.data.stopPrice} ${fact.data.limitPrice} ${fact.data.quantity}`]
      : [],
  );
}

describe('a stop at the venue behind the engine’s own', () => {
  it.each([
    ['long', '82', '81.5 81 10'],
    ['short', '84', '84.5 85 10'],
  ] as const)('of a %s lies a margin behind it, once that is in the log', (side, stop, at) => {
    const fixture = insured({ stop, insurance }, side);
    expect(rested(fixture)).toStrictEqual([at]);
    const [armed, placed] = fixture.decisions.slice(-2);
    expect([armed?.fact.type, placed?.fact.type]).toStrictEqual(['StopArmed', 'OrderPlaced']);
    expect(placed?.after).toBe(armed?.index);
  });

  it('follows in steps, at most every five seconds, by cancel and place anew', () => {
    const fixture = insured({ trail: { amount: '1' }, insurance });
    expect(rested(fixture)).toStrictEqual(['81.79 81.29 10']);
    acked(fixture, 1);
    fixture.at += 5_000;
    expect(typesOf(fixture.price('83.38'))).toStrictEqual(['StopTrailed']);
    expect(typesOf(fixture.price('83.39'))).toStrictEqual(['StopTrailed', 'OrderCancelRequested']);
    fixture.report({ kind: 'cancelled', orderId: idOf(1), reason: 'asked' });
    expect(rested(fixture)).toStrictEqual(['81.79 81.29 10', '81.89 81.39 10']);
    acked(fixture, 2);
    fixture.at += 100;
    expect(typesOf(fixture.price('84.00'))).toStrictEqual(['StopTrailed']);
    expect(fixture.partition.wakeAtMs).toBe(T0 + 10_000);
    fixture.at = T0 + 10_000;
    expect(typesOf(fixture.input({ kind: 'timer' }).facts)).toStrictEqual(['OrderCancelRequested']);
    fixture.report({ kind: 'cancelled', orderId: idOf(2), reason: 'asked' });
    expect(rested(fixture).at(-1)).toBe('82.5 82 10');
  });

  it('is taken back when the stop has fired, and when it is cancelled', () => {
    const fired = insured();
    acked(fired, 1);
    const facts = fired.price('81.90');
    expect(typesOf(facts)).toStrictEqual(['StopTriggered', 'OrderPlaced', 'OrderCancelRequested']);
    expect(facts[2]).toMatchObject({ data: { orderId: idOf(1), reason: 'position-leaving' } });
    fired.report({ kind: 'cancelled', orderId: idOf(1), reason: 'asked' });
    filled(fired, `${STOP}-0101`, '10');
    expect(rested(fired)).toHaveLength(1);
    const cancelled = insured();
    const expectedRevision = cancelled.partition.registry.revisionOf(`stop-${STOP}`);
    cancelled.command({ kind: 'CancelStop', stopId: STOP, expectedRevision });
    expect(cancelled.decisions.at(-1)?.fact.type).toBe('OrderCancelRequested');
  });

  it('that has traded takes the position out, and the stop guards no more than is left', () => {
    const fixture = insured();
    acked(fixture, 1);
    expect(typesOf(filled(fixture, idOf(1), '4'))).toStrictEqual([
      'OrderPartiallyFilled',
      'PositionReduced',
      'StopQuantityAdjusted',
    ]);
    fixture.report({ kind: 'expired', orderId: idOf(1), reason: 'by the venue' });
    expect(rested(fixture)).toHaveLength(1);
    fixture.at += 60_000;
    fixture.input({ kind: 'timer' });
    expect(rested(fixture).at(-1)).toBe('81.5 81 6');
    expect(typesOf(filled(fixture, idOf(2), '6'))).toStrictEqual([
      'OrderFilled',
      'PositionClosed',
      'StopCancelled',
    ]);
  });

  it('that traded together with the exit counts as gone: nothing is unfilled', () => {
    const fixture = insured();
    acked(fixture, 1);
    fixture.price('81.00');
    filled(fixture, idOf(1), '10');
    const reason = 'nothing-to-reduce';
    const facts = fixture.report({ kind: 'denied', orderId: `${STOP}-0101`, reason, rule: '' });
    expect(facts).toMatchObject([
      { type: 'OrderDenied' },
      { type: 'StopClosed', data: { exitQuantity: '10', unfilledQuantity: '0' } },
    ]);
  });

  it('in the way of an exit is waited for: the exit is tried again', () => {
    const fixture = insured();
    acked(fixture, 1);
    fixture.price('81.00');
    const reason = 'nothing-to-reduce';
    fixture.report({ kind: 'denied', orderId: `${STOP}-0101`, reason, rule: '' });
    fixture.report({ kind: 'cancelled', orderId: idOf(1), reason: 'asked' });
    fixture.at += 250;
    expect(typesOf(fixture.input({ kind: 'timer' }).facts)).toContain('OrderPlaced');
  });

  it('that the venue refuses is tried again after a minute, and not before', () => {
    const fixture = insured();
    fixture.report({ kind: 'rejected', orderId: idOf(1), reason: 'final', venueText: 'no' });
    fixture.at += 59_999;
    expect(typesOf(fixture.input({ kind: 'timer' }).facts)).toStrictEqual([]);
    fixture.at += 1;
    expect(typesOf(fixture.input({ kind: 'timer' }).facts)).toStrictEqual(['OrderPlaced']);
  });

  it('rests on over a restart, and is placed once', () => {
    const fixture = insured();
    acked(fixture, 1);
    const again = fixture.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    again.input({ kind: 'started', build: 'b' });
    again.at += 5_000;
    again.price('83.40');
    expect(rested(again)).toStrictEqual([]);
    expect(again.partition.unsettledOrders().map(({ orderId }) => orderId)).toStrictEqual([
      idOf(1),
    ]);
  });

  it('has ids for more moves than any stop will make', () => {
    expect(nextInsurance({ ordinal: 1295, attempt: 1294 })).toStrictEqual({
      ordinal: 1295,
      attempt: 1295,
    });
    expect(nextInsurance({ ordinal: 1295, attempt: 1295 })).toStrictEqual({
      ordinal: 1294,
      attempt: 1,
    });
  });
});
