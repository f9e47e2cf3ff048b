import type { Fact } from '../src/domain/facts.js';
import type { DecimalText } from '../src/domain/kernel/units.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../test/support/partition-fixture.js';
import { folding, rowOf } from '../test/support/folding.js';
import { accountEquity } from './account-equity/account-equity.projection.js';
import { auditTrail } from './audit-trail/audit-trail.projection.js';
import { instruments } from './instruments/instruments.projection.js';
import { openStops } from './open-stops/open-stops.projection.js';
import { pnl } from './pnl/pnl.projection.js';
import { positions } from './positions/positions.projection.js';
import { protection } from './protection/protection.projection.js';
import { stopTimeline } from './stop-timeline/stop-timeline.projection.js';
import { trades } from './trades/trades.projection.js';

const [FIRST, SECOND] = [ulidOf(1), ulidOf(2)];

/** Two longs of one instrument, 10 at 84 and 5 at 82.5, three for one; then the first leaves at 26.5 by its stop. */
function traded(): { readonly split: readonly Fact[]; readonly left: readonly Fact[] } {
  const engine = PartitionFixture.ready();
  engine.price('84');
  engine.position(1, 'long', '10', '84');
  engine.position(2, 'long', '5', '82.5');
  engine.arm(11, 1, { stop: '80.01' });
  engine.at += 60_000;
  const ratio = { from: 1, to: 3 };
  engine.command({ kind: 'SplitInstrument', instrumentId: LTC, ratio, quantityStep: '1' });
  const split = engine.decisions.map(({ fact }) => fact);
  engine.price('26.67');
  const exact = { quantity: '30' as DecimalText, price: '26.5' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT' };
  const fill = { venueTradeId: 'x', ...exact, ...fee, liquidity: 'taker', filledAtMs: T0 } as const;
  engine.report({ kind: 'fill', orderId: `${ulidOf(11)}-0101`, fill });
  return { split, left: engine.decisions.map(({ fact }) => fact) };
}

const { split, left } = traded();

describe('a split, as the read models tell it', () => {
  it('is an instrument of another version', () => {
    expect(rowOf(instruments, split)).toMatchObject({
      ...{ instrumentVersion: 2, priceTick: '0.01', quantityStep: '1', revision: 1 },
      ...{ symbol: 'LTCUSDT', feeds: ['main'] },
    });
  });

  it('is positions in the new units, at the same exposure', () => {
    expect(folding(positions, split)).toMatchObject([
      { positionId: FIRST, quantity: '30', openedQuantity: '30', entryPrice: '28' },
      { positionId: SECOND, quantity: '15', openedQuantity: '15', entryPrice: '27.5' },
    ]);
    const equity = folding(accountEquity, split).find(({ span }) => span === 'all');
    expect(equity).toMatchObject({ exposure: '1252.5', exposureMax: '1252.5' });
  });

  it('is a stop that guards all of its position, with the plan of now and the step in its history', () => {
    expect(rowOf(openStops, split)).toMatchObject({
      ...{ quantity: '30', armedQuantity: '30', entryPrice: '28', level: '26.67' },
      plan: { stop: '26.67' },
    });
    expect(folding(protection, split)).toMatchObject([
      { openQuantity: '30', guardedBy: { [ulidOf(11)]: '30' }, uncoveredQuantity: '0' },
      { openQuantity: '15', uncoveredQuantity: '15' },
    ]);
    expect(folding(stopTimeline, split).at(-1)).toMatchObject({
      ...{ type: 'StopRestated', branch: 'split', previousLevel: '80.01', level: '26.67' },
      ...{ quantity: '30', plan: { stop: '26.67' } },
    });
  });

  it('takes nothing from the result: what was paid is set against what came in', () => {
    // 30 x 26.5 - 10 x 84
    const all = folding(pnl, left).find(({ span }) => span === 'all');
    expect(all).toMatchObject({
      ...{ realisedFifo: '-45', openQuantity: '15' },
      // Of 1252.5 paid for 45, 30 cost 835.
      realisedAverage: '-40',
      holding: { fifo: [{ quantity: '15', flow: '-412.5' }], split: 2 },
    });
    expect(folding(trades, left)[0]).toMatchObject({
      ...{ positionId: FIRST, quantity: '30', exitQuantity: '30', realised: '-45' },
      // 10 x (84 - 80.01), as it was risked.
      ...{ initialStop: '26.67', initialRisk: '39.9', entryPrice: '28' },
    });
  });

  it('is in the audit trail, event by event', () => {
    const types = folding(auditTrail, split).map(({ type }) => type);
    expect(types.slice(-4)).toStrictEqual([
      'InstrumentAmended',
      'PositionRestated',
      'PositionRestated',
      'StopRestated',
    ]);
  });
});
