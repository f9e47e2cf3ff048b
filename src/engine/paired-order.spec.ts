import type { Fact } from '../domain/facts.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';

const STOP = ulidOf(2);
const idOf = (number: number) => `${STOP}-zz0${number}`;
const insurance = { margin: { amount: '0.50' }, step: { amount: '0.10' }, withTarget: true };
const plan: PlanRequest = { stop: '82', targets: [{ price: '85' }], insurance };
const typesOf = (facts: readonly Fact[]) => facts.map(({ type }) => type);

/** A long position of 10 at 83.29 in an account of this broker. */
function holding(broker: string, mode: 'live' | 'paper' | 'shadow' = 'live') {
  const fixture = PartitionFixture.ready();
  const account = { accountId: 'own', broker, mode, currency: 'USDT' } as const;
  fixture.command({ kind: 'OpenAccount', actor: 'configuration', ...account });
  fixture.command({
    ...{ kind: 'OpenPosition', positionId: ulidOf(1), accountId: 'own', instrumentId: LTC },
    ...{ side: 'long', quantity: '10', entryPrice: '83.29' },
  });
  fixture.price('83.29');
  return fixture;
}

function paired(given = plan) {
  const fixture = holding('binance');
  fixture.arm(2, 1, given);
  acked(fixture, 1);
  return fixture;
}

function acked(fixture: PartitionFixture, number: number): void {
  fixture.report({
    ...{ kind: 'acked', orderId: idOf(number), venueOrderId: `v${number}`, venueTimeMs: T0 },
  });
}

function filled(fixture: PartitionFixture, quantity: string, price: string): Fact[] {
  const amounts = { quantity: quantity as DecimalText, price: price as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT' } as const;
  return fixture.report({
    ...{ kind: 'fill', orderId: idOf(1) },
    fill: { venueTradeId: quantity, ...amounts, ...fee, liquidity: 'maker', filledAtMs: T0 },
  });
}

/** What was to rest at the venue, in the order of its placing: stop, limit, target, quantity, version. */
function rested({ decisions }: PartitionFixture) {
  return decisions.flatMap(({ fact }) =>
    fact.type === 'OrderPlaced' && fact.data.reduceOnly && fact.data.insures
      ? [
          `${fact.data.stopPrice} ${fact.data.limitPrice} ${fact.data.targetPrice} ${fact.data.quantity} v${fact.version}`,
        ]
      : [],
  );
}

describe('a target that rests at the venue with the stop', () => {
  it('is part of the same order', () => {
    expect(rested(paired())).toStrictEqual(['81.5 81 85 10 v5']);
  });

  it('sleeps with its stop, which goes on resting there, and is placed again beside it', () => {
    const fixture = paired();
    const turned = (kind: 'SuspendStop' | 'ResumeStop', number: number): void => {
      // At once: until then it would go on selling.
      fixture.at += 1;
      fixture.command({ kind, stopId: STOP });
      const orderId = idOf(number);
      fixture.report({ kind: 'cancelled', orderId, reason: 'CANCELED' });
      acked(fixture, number + 1);
    };
    turned('SuspendStop', 1);
    turned('ResumeStop', 2);
    expect(rested(fixture)).toStrictEqual([
      '81.5 81 85 10 v5',
      '81.5 81 undefined 10 v4',
      '81.5 81 85 10 v5',
    ]);
  });

  it('takes the position out: the stop has nothing left to guard', () => {
    expect(typesOf(filled(paired(), '10', '85'))).toStrictEqual([
      ...['OrderFilled', 'PositionClosed', 'StopCancelled'],
    ]);
  });

  it('that has traded in part is taken back at once and placed anew with a stop for the rest', () => {
    const fixture = paired();
    fixture.at += 5_000;
    const facts = filled(fixture, '4', '85');
    expect(typesOf(facts)).toStrictEqual([
      ...['OrderPartiallyFilled', 'PositionReduced', 'StopQuantityAdjusted'],
      'OrderCancelRequested',
    ]);
    expect(facts[3]).toMatchObject({ data: { orderId: idOf(1), reason: 'moved' } });
    fixture.report({ kind: 'cancelled', orderId: idOf(1), reason: 'asked' });
    expect(rested(fixture).at(-1)).toBe('81.5 81 85 6 v5');
  });

  it('that a price has reached before it traded leaves by the engine’s hand: it is taken back', () => {
    const fixture = paired();
    const facts = fixture.price('85');
    expect(typesOf(facts)).toStrictEqual(['StopTriggered', 'OrderPlaced', 'OrderCancelRequested']);
    expect(facts[0]).toMatchObject({ data: { branch: 'target', targetPrice: '85' } });
    filled(fixture, '10', '85');
    const denied = { kind: 'denied', reason: 'position-closed', rule: '' } as const;
    expect(fixture.report({ ...denied, orderId: `${STOP}-0101` })).toMatchObject([
      { type: 'OrderDenied' },
      { type: 'StopClosed', data: { exitQuantity: '10', unfilledQuantity: '0' } },
    ]);
  });

  it('is moved when the plan names another', () => {
    const fixture = paired();
    fixture.at += 5_000;
    const amended = { ...plan, targets: [{ price: '86' }] };
    const expectedRevision = fixture.partition.registry.revisionOf(`stop-${STOP}`);
    fixture.command({ kind: 'AmendStop', stopId: STOP, expectedRevision, plan: amended });
    fixture.report({ kind: 'cancelled', orderId: idOf(1), reason: 'asked' });
    expect(rested(fixture)).toStrictEqual(['81.5 81 85 10 v5', '81.5 81 86 10 v5']);
  });

  it('rests on over a restart as it was', () => {
    const again = paired().restarted();
    again.partition.beginRecovery();
    again.partition.live();
    again.input({ kind: 'started', build: 'b' });
    again.at += 5_000;
    again.price('83.40');
    expect(rested(again)).toStrictEqual([]);
    expect(again.partition.unsettledOrders()).toMatchObject([
      { orderId: idOf(1), targetPrice: '85' },
    ]);
  });

  it.each(['paper', 'shadow'] as const)(
    'stays the engine’s own in an account of mode %s',
    (mode) => {
      const fixture = holding('binance', mode);
      fixture.arm(2, 1, plan);
      expect(rested(fixture)).toStrictEqual(['81.5 81 undefined 10 v4']);
    },
  );

  it.each(['openalgo', 'mt5'])('is refused where %s has no such order', (broker) => {
    expect(holding(broker).arm(2, 1, plan)).toMatchObject({
      kind: 'rejected',
      problems: [
        {
          code: 'INSURANCE_TARGET_UNSUPPORTED',
          field: 'plan.insurance.withTarget',
          rule: `needs an account at Binance spot, where both rest as one order; this is ${broker} with ${LTC}`,
          value: 'true',
        },
      ],
    });
  });
});
