import type { DecimalText } from '../domain/kernel/units.js';
import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';

const EXIT = `${ulidOf(11)}-0101`;
const BESIDE = `${ulidOf(11)}-0201`;
const BY_OTHER = { byOther: true } as const;

/** Long 10, of which the target's exit is to take 5. */
function targeted(): PartitionFixture {
  const engine = PartitionFixture.ready();
  engine.price('83.29');
  engine.position(1, 'long', '10');
  engine.arm(11, 1, { stop: '81', targets: [{ price: '84', portion: '0.5' }] });
  engine.price('84');
  return engine;
}

function filled(
  engine: PartitionFixture,
  quantity: string,
  by: { readonly byOther?: true; readonly byOrder?: string; readonly orderId?: string } = {},
) {
  const amount = { quantity: quantity as DecimalText, price: '81' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker' } as const;
  const fill = { venueTradeId: `t${quantity}`, ...amount, ...fee, filledAtMs: T0 };
  return engine.report({ kind: 'fill', orderId: EXIT, fill, ...by });
}

/** A fill that the former owner's stop exit has, beside the target's exit which is in hand. */
function filledBeside(engine: PartitionFixture, quantity: string) {
  return filled(engine, quantity, { byOrder: BESIDE });
}

function ended(engine: PartitionFixture) {
  return engine.report({ kind: 'cancelled', orderId: EXIT, reason: 'by another engine' });
}

const typesOf = (facts: readonly { readonly type: string }[]) => facts.map(({ type }) => type);

describe('what another engine has filled under the id of an exit, for more than the exit is of', () => {
  it('leaves the position, and nothing is sent for it again', () => {
    const engine = targeted();
    const facts = filled(engine, '10', BY_OTHER);
    expect(typesOf(facts)).toStrictEqual(['FillDisputed', 'PositionClosed', 'StopCancelled']);
    expect(facts[1]).toMatchObject({ data: { quantity: '10', remainingQuantity: '0' } });
    expect(typesOf(ended(engine))).toStrictEqual(['OrderCancelled']);
    expect(filled(engine, '10', BY_OTHER)).toStrictEqual([]);
  });

  it('leaves no more for the exit and its stop than is open after it', () => {
    const engine = targeted();
    const facts = filled(engine, '7', BY_OTHER);
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
    const [, closed] = filled(targeted(), '12', BY_OTHER);
    expect(closed).toMatchObject({ type: 'PositionClosed', data: { quantity: '10' } });
  });

  it('counts for the order as far as it fits', () => {
    const engine = targeted();
    expect(typesOf(filled(engine, '4', BY_OTHER))).toStrictEqual([
      'OrderPartiallyFilled',
      'PositionReduced',
    ]);
    expect(typesOf(filled(engine, '6', BY_OTHER))).toContain('PositionClosed');
  });

  it('moves nothing where nobody knows that another engine sent it', () => {
    const engine = targeted();
    expect(typesOf(filled(engine, '10'))).toStrictEqual(['FillDisputed']);
    // The look-up tells it: the trade is known to the order, and not to the position.
    expect(typesOf(filled(engine, '10', BY_OTHER))).toStrictEqual([
      'PositionClosed',
      'StopCancelled',
    ]);
  });
});

describe('what another engine has filled by a further exit of the stop, which the log does not have', () => {
  it('leaves the position as that exit, whether or not it would fit the one in hand', () => {
    const engine = targeted();
    const facts = filledBeside(engine, '3');
    expect(typesOf(facts)).toStrictEqual(['FillDisputed', 'PositionReduced']);
    const reduced = { orderId: BESIDE, quantity: '3', remainingQuantity: '7' };
    expect(facts[1]).toMatchObject({ data: reduced });
    const [order, position, stop] = filled(engine, '5');
    expect([order?.type, position?.type]).toStrictEqual(['OrderFilled', 'PositionReduced']);
    expect(stop).toMatchObject({ type: 'StopQuantityAdjusted', data: { quantity: '2' } });
  });

  it('is told once, by whichever exit it is told again', () => {
    const engine = targeted();
    filledBeside(engine, '3');
    expect(filledBeside(engine, '3')).toStrictEqual([]);
    ended(engine);
    engine.at += 250;
    engine.input({ kind: 'timer' });
    const second = `${ulidOf(11)}-0102`;
    expect(filled(engine, '3', { byOrder: BESIDE, orderId: second })).toStrictEqual([]);
  });

  it('is no fill of the exit that is decided under its id later', () => {
    const engine = targeted();
    filledBeside(engine, '2');
    filled(engine, '5');
    const [fired] = engine.price('81').filter(({ type }) => type === 'OrderPlaced');
    expect(fired).toMatchObject({ data: { orderId: BESIDE, quantity: '3' } });
    expect(filled(engine, '2', { orderId: BESIDE, byOther: true })).toStrictEqual([]);
    engine.report({ kind: 'cancelled', orderId: BESIDE, reason: 'by another engine' });
    engine.at += 250;
    const [next] = engine.input({ kind: 'timer' }).facts;
    expect(next).toMatchObject({ type: 'OrderPlaced', data: { attempt: 2, quantity: '3' } });
  });
});
