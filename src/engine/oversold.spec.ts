import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import type { Fact } from '../domain/facts.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { oversoldBy } from './oversold.js';

const RESTING = `${ulidOf(11)}-zz01`;
const EXIT = `${ulidOf(11)}-0101`;

/** Long 10, with an order that rests at the venue behind its stop. */
function resting(): PartitionFixture {
  const engine = PartitionFixture.ready();
  engine.price('83.29');
  engine.position(1, 'long', '10');
  engine.arm(11, 1, { stop: '81', insurance: { margin: { amount: '0.50' } } });
  return engine;
}

/** The stop has fired, and what rests for it is not taken back yet. */
function fired(): PartitionFixture {
  const engine = resting();
  engine.price('81');
  return engine;
}

function filled(engine: PartitionFixture, orderId: string, quantity: string): readonly Fact[] {
  const amount = { quantity: quantity as DecimalText, price: '81' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker' } as const;
  const venueTradeId = `${orderId}/${quantity}`;
  const fill = { venueTradeId, ...amount, ...fee, filledAtMs: T0 };
  return engine.report({ kind: 'fill', orderId, fill });
}

/** By fact, what of it was not open any more. */
function told(engine: PartitionFixture, facts: readonly Fact[]) {
  return facts.flatMap((fact) => {
    const oversold = oversoldBy(engine.partition.registry, fact);
    return oversold ? [`${fact.type}: ${oversold.quantity} by ${oversold.orderId}`] : [];
  });
}

describe('an exit that fills beside the order that rested for its stop', () => {
  it('has taken nothing twice as long as both together take what is open', () => {
    const engine = fired();
    const facts = [...filled(engine, RESTING, '4'), ...filled(engine, EXIT, '6')];
    expect(told(engine, facts)).toStrictEqual([]);
    expect(facts.map(({ type }) => type)).toContain('PositionClosed');
  });

  it('closes the position with what was open of it, and the rest is told', () => {
    const engine = fired();
    filled(engine, RESTING, '4');
    const facts = filled(engine, EXIT, '10');
    expect(facts.filter(({ type }) => /^(Order|Position)/.test(type))).toMatchObject([
      { type: 'OrderFilled', data: { quantity: '10' } },
      { type: 'PositionClosed', data: { quantity: '6', remainingQuantity: '0' } },
    ]);
    expect(told(engine, facts)).toStrictEqual([`PositionClosed: 4 by ${EXIT}`]);
  });

  it('is told whole when all had left, and stands with its order', () => {
    const engine = fired();
    filled(engine, RESTING, '10');
    const facts = filled(engine, EXIT, '10');
    expect(told(engine, facts)).toStrictEqual([`OrderFilled: 10 by ${EXIT}`]);
    expect(engine.partition.registry.orders.get(EXIT)?.filledQuantity).toBe('10');
    // Told once, however often the venue repeats it.
    expect(filled(engine, EXIT, '10')).toStrictEqual([]);
  });

  it('is no second sale where the venue\u2019s book, followed since, had it', () => {
    const engine = resting();
    engine.at += 5_000;
    const book = { accountId: 'demo', instrumentId: LTC, book: 'net', adopts: false } as const;
    const held = { quantity: '0' as DecimalText, entryPrice: undefined, plan: undefined };
    const { facts: followed } = engine.input({ kind: 'holding', holding: { ...book, ...held } });
    expect(followed.map(({ type }) => type)).toContain('PositionReconciled');
    const facts = filled(engine, RESTING, '10');
    expect(told(engine, facts)).toStrictEqual([]);
    expect(facts.map(({ type }) => type)).toContain('OrderFilled');
  });
});
