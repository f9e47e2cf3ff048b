import type { DecimalText } from '../domain/kernel/units.js';
import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';

const EXIT = `${ulidOf(11)}-0101`;

/** Long 10, of which the target's exit is to take 5. */
function targeted(): PartitionFixture {
  const engine = PartitionFixture.ready();
  engine.price('83.29');
  engine.position(1, 'long', '10');
  engine.arm(11, 1, { stop: '81', targets: [{ price: '84', portion: '0.5' }] });
  engine.price('84');
  return engine;
}

function filled(engine: PartitionFixture, quantity: string, byOther?: true) {
  const amount = { quantity: quantity as DecimalText, price: '81' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker' } as const;
  const fill = { venueTradeId: `t${quantity}`, ...amount, ...fee, filledAtMs: T0 };
  return engine.report({ kind: 'fill', orderId: EXIT, fill, ...(byOther && { byOther }) });
}

function ended(engine: PartitionFixture) {
  return engine.report({ kind: 'cancelled', orderId: EXIT, reason: 'by another engine' });
}

const typesOf = (facts: readonly { readonly type: string }[]) => facts.map(({ type }) => type);

describe('what another engine has filled under the id of an exit, for more than the exit is of', () => {
  it('leaves the position, and nothing is sent for it again', () => {
    const engine = targeted();
    const facts = filled(engine, '10', true);
    expect(typesOf(facts)).toStrictEqual(['FillDisputed', 'PositionClosed', 'StopCancelled']);
    expect(facts[1]).toMatchObject({ data: { quantity: '10', remainingQuantity: '0' } });
    expect(typesOf(ended(engine))).toStrictEqual(['OrderCancelled']);
    expect(filled(engine, '10', true)).toStrictEqual([]);
  });

  it('leaves no more for the exit and its stop than is open after it', () => {
    const engine = targeted();
    const facts = filled(engine, '7', true);
    expect(typesOf(facts)).toStrictEqual([
      'FillDisputed',
      'PositionReduced',
      'StopQuantityAdjusted',
    ]);
    ended(engine);
    engine.at += 250;
    const [next] = engine.input({ kind: 'timer' }).facts;
    expect(next).toMatchObject({ type: 'OrderPlaced', data: { attempt: 2, quantity: '3' } });
  });

  it('takes no more than is open', () => {
    const [, closed] = filled(targeted(), '12', true);
    expect(closed).toMatchObject({ type: 'PositionClosed', data: { quantity: '10' } });
  });

  it('counts for the order as far as it fits', () => {
    const engine = targeted();
    expect(typesOf(filled(engine, '4', true))).toStrictEqual([
      'OrderPartiallyFilled',
      'PositionReduced',
    ]);
    expect(typesOf(filled(engine, '6', true))).toContain('PositionClosed');
  });

  it('moves nothing where nobody knows that another engine sent it', () => {
    const engine = targeted();
    expect(typesOf(filled(engine, '10'))).toStrictEqual(['FillDisputed']);
    // The look-up tells it: the trade is known to the order, and not to the position.
    expect(typesOf(filled(engine, '10', true))).toStrictEqual(['PositionClosed', 'StopCancelled']);
  });
});
