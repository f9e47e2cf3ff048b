import type { PlanRequest } from '../../src/domain/stop/plan-request.js';
import { d } from './event-builders.js';
import { ulidOf } from './partition-fixture.js';
import type { PartitionFixture } from './partition-fixture.js';
import type { Seeded } from './seeded.js';

const PLANS: readonly PlanRequest[] = [
  { stop: '82' },
  { trail: { percent: '1' } },
  { trail: { percent: '1' }, activation: '83.50' },
  { trail: { percent: '1' }, activation: '83.50', stop: '82' },
  { trail: { atr: { period: 2, multiple: '1', interval: 'PT0.02S' } } },
  { targets: [{ price: '83.60', portion: '0.5' }] },
  { breakEven: { trigger: '83.50', offset: '0.01' } },
  { timeStop: { after: 'PT1H' } },
].map((plan) => ({ ...plan, dialect: 'stopledger' }));

/** Anything that a trader, a price or the venue may do next to position 1; stops are numbered from 100 on. */
export function actAtRandom(fixture: PartitionFixture, chance: Seeded, step: number): void {
  fixture.at += 10;
  const stopId = ulidOf(100 + chance.between(0, step));
  const [order] = fixture.partition.unsettledOrders();
  const acts = [
    () => fixture.arm(100 + step, 1, { stop: '82' }, String(chance.between(1, 4))),
    () => fixture.arm(100 + step, 1, chance.oneOf(PLANS), String(chance.between(1, 4))),
    () => fixture.arm(100 + step, 1, chance.oneOf(PLANS), String(chance.between(1, 4))),
    () => fixture.command({ kind: 'AmendStop', stopId, plan: chance.oneOf(PLANS) }),
    () => fixture.command({ kind: 'SuspendStop', stopId }),
    () => fixture.command({ kind: 'ResumeStop', stopId }),
    () => fixture.command({ kind: 'CancelStop', stopId }),
    () => fixture.price(chance.oneOf(['83.70', '83.55', '83.40', '83.00', '82.50', '82.00'])),
    () =>
      order &&
      fixture.report({ kind: 'rejected', orderId: order.orderId, reason: 'halted', venueText: '' }),
    () =>
      order &&
      fixture.report({
        kind: 'fill',
        orderId: order.orderId,
        fill: {
          ...{ venueTradeId: `V${step}`, quantity: d('0.5'), price: d('82') },
          ...{ feeAmount: d('0'), feeCurrency: 'USDT', liquidity: 'taker', filledAtMs: fixture.at },
        },
      }),
  ];
  chance.oneOf(acts)();
}
