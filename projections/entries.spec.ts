import type { Fact } from '../src/domain/facts.js';
import type { DecimalText } from '../src/domain/kernel/units.js';
import { positionIdOf } from '../src/domain/kernel/derived-id.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../test/support/partition-fixture.js';
import { folding, rowOf } from '../test/support/folding.js';
import { accountEquity } from './account-equity/account-equity.projection.js';
import { accounts } from './accounts/accounts.projection.js';
import { auditTrail } from './audit-trail/audit-trail.projection.js';
import { fills } from './fills/fills.projection.js';
import { orders } from './orders/orders.projection.js';
import { pnl } from './pnl/pnl.projection.js';
import { positions } from './positions/positions.projection.js';
import { protection } from './protection/protection.projection.js';
import { trades } from './trades/trades.projection.js';

const ENTRY = ulidOf(7);
const POSITION = positionIdOf(ENTRY);

/** What the engine writes of an entry of 10 that fills as 4 at 83.2 and 6 at 83.1, and leaves at 80.9 by its stop. */
function traded(): { readonly entered: readonly Fact[]; readonly left: readonly Fact[] } {
  const engine = PartitionFixture.ready();
  engine.price('83.29');
  engine.command({
    kind: 'PlaceOrder',
    ...{ orderId: ENTRY, accountId: 'demo', instrumentId: LTC, side: 'buy', quantity: '10' },
    ...{ type: 'limit', limitPrice: '83.2', timeInForce: 'day', plan: { stop: '81' } },
  });
  filled(engine, ENTRY, ['t1', '4', '83.2']);
  filled(engine, ENTRY, ['t2', '6', '83.1']);
  const entered = engine.decisions.map(({ fact }) => fact);
  engine.price('81');
  const [stop] = engine.partition.registry.stops.values();
  filled(engine, stop?.exits[0]?.orderId ?? '', ['x1', '10', '80.9']);
  engine.command({ kind: 'HaltTrading', accountId: 'demo', reason: 'enough' });
  return { entered, left: engine.decisions.map(({ fact }) => fact) };
}

function filled(
  engine: PartitionFixture,
  orderId: string,
  [venueTradeId, quantity, price]: [string, string, string],
): void {
  const exact = { quantity: quantity as DecimalText, price: price as DecimalText };
  const fee = { feeAmount: '0.01' as DecimalText, feeCurrency: 'USDT' };
  const fill = { venueTradeId, ...exact, ...fee, liquidity: 'taker', filledAtMs: T0 } as const;
  engine.report({ kind: 'fill', orderId, fill });
}

const { entered, left } = traded();

describe('an entry, as the read models tell it', () => {
  it('is an order of no stop, with its terms', () => {
    expect(folding(orders, left)[0]).toMatchObject({
      ...{ orderId: ENTRY, stopId: null, ordinal: null, attempt: null, reduceOnly: false },
      ...{ type: 'limit', limitPrice: '83.2', stopPrice: null, timeInForce: 'day' },
      ...{ status: 'filled', filledQuantity: '10', filledValue: '831.4' }, // 4 x 83.2 + 6 x 83.1
    });
  });

  it('is a position at its average price, and guarded whole', () => {
    expect(rowOf(positions, entered)).toMatchObject({
      ...{ positionId: POSITION, origin: 'fill', status: 'open', quantity: '10' },
      ...{ openedQuantity: '10', entryPrice: '83.14' },
    });
    expect(rowOf(protection, entered)).toMatchObject({
      ...{ openQuantity: '10', uncoveredQuantity: '0' },
    });
  });

  it('is three fills, each with its side', () => {
    const rows = folding(fills, left);
    expect(
      rows.map(({ side, realisedPnl, feeAmount }) => [side, realisedPnl, feeAmount]),
    ).toStrictEqual([
      ['buy', null, '0.01'],
      ['buy', null, '0.01'],
      ['sell', '-22.4', '0.01'], // 809 - 831.4
    ]);
  });

  it('is a trade with the fees of both ways', () => {
    expect(rowOf(trades, left)).toMatchObject({
      ...{ status: 'closed', quantity: '10', exitQuantity: '10', realised: '-22.4' },
      ...{ fees: { USDT: '0.03' }, net: '-22.43', closedBy: 'stop' },
    });
  });

  it('is profit and loss, and equity, to the last digit', () => {
    const all = folding(pnl, left).find(({ span }) => span === 'all');
    expect(all).toMatchObject({
      ...{ realisedFifo: '-22.4', realisedAverage: '-22.4', fees: '0.03', openQuantity: '0' },
      ...{ exits: 1, closedTrades: 1 },
    });
    expect(folding(accountEquity, entered)[0]).toMatchObject({ exposure: '831.4', fees: '0.02' });
    expect(folding(accountEquity, left)[0]).toMatchObject({
      ...{ exposure: '0', exposureMax: '831.4', realised: '-22.4', balance: '-22.43' },
    });
  });

  it('is in the audit trail, fact by fact, as is the halt that followed', () => {
    const told = folding(auditTrail, left).map(({ type }) => type);
    expect(told).toStrictEqual(
      left.map(({ type }) => type).filter((type) => type !== 'StopTrailed'),
    );
    expect(rowOf(accounts, left)).toMatchObject({ trading: 'halted', tradingReason: 'enough' });
  });
});
