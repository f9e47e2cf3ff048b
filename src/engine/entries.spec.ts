import type { Fact } from '../domain/facts.js';
import { ZERO, add, decimal, formatDecimal } from '../domain/kernel/decimal.js';
import { positionIdOf } from '../domain/kernel/derived-id.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { ReportedFill } from '../domain/order/order-state.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import type { PlaceOrder } from './order-commands.js';

const ORDER = ulidOf(7);
const POSITION = positionIdOf(ORDER);
const PLAN = { stop: '81', targets: [{ price: '90', portion: '0.5' }] };

function order(more: Partial<PlaceOrder> = {}) {
  return {
    kind: 'PlaceOrder',
    ...{ orderId: ORDER, accountId: 'demo', instrumentId: LTC },
    ...{ side: 'buy', quantity: '10', type: 'limit', limitPrice: '83.2', plan: PLAN },
    ...more,
  };
}

function without(asked: Record<string, unknown>, ...keys: string[]) {
  const left = Object.entries(asked).filter(([key]) => !keys.includes(key));
  return { kind: 'PlaceOrder', ...Object.fromEntries(left) };
}

function fill(id: string, quantity: string, price = '83.2'): ReportedFill {
  const feeAmount = '0.01' as DecimalText;
  return {
    ...{ venueTradeId: id, quantity: quantity as DecimalText, price: price as DecimalText },
    ...{ feeAmount, feeCurrency: 'USDT', liquidity: 'maker', filledAtMs: T0 },
  };
}

function named(facts: readonly Fact[]): string[] {
  return facts.map((fact) => fact.type);
}

class Entering extends PartitionFixture {
  static placed(more: Partial<PlaceOrder> = {}): Entering {
    const entering = Entering.ready();
    entering.price('83.29');
    expect(entering.command(order(more))).toMatchObject({ kind: 'accepted', id: ORDER });
    return entering;
  }
}

function filled(by: PartitionFixture, ...fills: ReportedFill[]): Fact[] {
  return fills.flatMap((one) => by.report({ kind: 'fill', orderId: ORDER, fill: one }));
}

const stopsOf = ({ partition }: PartitionFixture) => [...partition.registry.stops.values()];

describe('an entry', () => {
  it('is written with the plan that will guard it, whole', () => {
    const { decisions } = Entering.placed();
    expect(decisions.at(-1)).toMatchObject({
      streamId: `order-${ORDER}`,
      expectedRevision: -1,
      fact: {
        type: 'OrderPlaced',
        version: 2,
        data: {
          ...{ stopId: null, side: 'buy', quantity: '10', type: 'limit', limitPrice: '83.2' },
          ...{ reduceOnly: false, positionId: POSITION },
          protection: { stop: '81', dialect: { name: 'stopledger' } },
        },
      },
    });
  });

  it('is guarded fill by fill: the first arms, the others join at the level where the stop stands', () => {
    const entering = Entering.placed({ plan: { trail: { amount: '1' } } });
    const first = filled(entering, fill('t1', '4'));
    expect(named(first)).toStrictEqual(['OrderPartiallyFilled', 'PositionOpened', 'StopArmed']);
    expect(first[1]).toMatchObject({ data: { origin: 'fill', quantity: '4', entryPrice: '83.2' } });
    entering.price('84');
    const second = filled(entering, fill('t2', '6', '83.1'));
    expect(named(second)).toStrictEqual([
      'OrderFilled',
      'PositionIncreased',
      'StopQuantityAdjusted',
    ]);
    expect(second[1]).toMatchObject({ data: { openQuantity: '10', entryPrice: '83.14' } });
    expect(second[2]).toMatchObject({ data: { previousQuantity: '4', quantity: '10' } });
    expect(stopsOf(entering)).toMatchObject([
      { quantity: '10', armedQuantity: '10', track: { level: '83' } },
    ]);
    const fired = entering.price('83');
    expect(fired[0]).toMatchObject({ type: 'StopTriggered', data: { order: { quantity: '10' } } });
  });

  it('counts every fill of the venue once', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    expect(filled(entering, fill('t1', '4'))).toStrictEqual([]);
    expect(entering.partition.registry.positions.get(POSITION)).toMatchObject({ quantity: '4' });
  });

  it('waits for each fact in turn: the fill, then the position, then what guards it', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    const { input } = entering.decisions.at(-1)!;
    const step = entering.decisions.filter((one) => one.input.seq === input.seq);
    expect(step.map(({ index, after }) => [index, after])).toStrictEqual([
      [0, undefined],
      [1, 0],
      [2, 1],
    ]);
  });

  it('is taken back when its stop fires, and what it fills after that is guarded anew', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    const fired = entering.price('80.99');
    expect(named(fired)).toStrictEqual(['StopTriggered', 'OrderPlaced', 'OrderCancelRequested']);
    const late = filled(entering, fill('t2', '1'));
    expect(named(late)).toStrictEqual([
      ...['OrderPartiallyFilled', 'PositionIncreased', 'StopArmed', 'StopTriggered', 'OrderPlaced'],
    ]);
    expect(late[3]).toMatchObject({ data: { order: { quantity: '1', reduceOnly: true } } });
  });

  it('that a cancellation reaches keeps what it had filled, and guards a fill told later', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    const asked = entering.command({ kind: 'CancelOrder', orderId: ORDER });
    expect(asked).toMatchObject({ kind: 'accepted' });
    entering.report({ kind: 'cancelled', orderId: ORDER, reason: 'requested' });
    expect(named(filled(entering, fill('t2', '2')))).toContain('StopQuantityAdjusted');
    expect(stopsOf(entering)).toMatchObject([{ quantity: '6' }]);
    expect(entering.partition.registry.entriesOf.size).toBe(0);
  });

  it('without a plan joins the newest armed stop of the position that it adds to', () => {
    const entering = PartitionFixture.ready();
    entering.position(1, 'long', '10', '83.29');
    entering.arm(2, 1, { stop: '81' });
    const market = without(order({ type: 'market', positionId: ulidOf(1) }), 'plan', 'limitPrice');
    expect(entering.command(market)).toMatchObject({ kind: 'accepted' });
    filled(entering, fill('t1', '10', '83.5'));
    expect(stopsOf(entering)).toMatchObject([{ quantity: '20', entryPrice: '83.29' }]);
    expect(entering.partition.registry.positions.get(ulidOf(1))).toMatchObject({
      ...{ quantity: '20', entryPrice: '83.395' },
    });
  });

  it('pays out to the last digit what it cost, however the position leaves', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '1', '83.2'), fill('t2', '2', '83.1'));
    entering.price('80.99');
    const [exit] = stopsOf(entering)[0]!.exits;
    const leaves = (id: string, quantity: string) =>
      entering.report({ kind: 'fill', orderId: exit!.orderId, fill: fill(id, quantity, '81') });
    const realised = [...leaves('x1', '0.7'), ...leaves('x2', '2.3')].flatMap((fact) =>
      'realisedPnl' in fact.data ? [decimal(fact.data.realisedPnl)] : [],
    );
    expect(realised).toHaveLength(2);
    expect(formatDecimal(realised.reduce(add, ZERO))).toBe('-6.4'); // 3 x 81 - 83.2 - 2 x 83.1
  });

  it.each([1, 2, 3, 4, 5, 6])('goes on after a crash that lost all but %i of its facts', (kept) => {
    const whole = Entering.placed();
    const before = whole.decisions.length;
    filled(whole, fill('t1', '4'), fill('t2', '6', '83.1'));
    const facts = (by: PartitionFixture) => ({
      position: by.partition.registry.positions.get(POSITION),
      stops: stopsOf(by).map(({ stopId, quantity, status }) => ({ stopId, quantity, status })),
    });
    const again = whole.restarted(whole.decisions.slice(0, before + kept));
    again.partition.beginRecovery();
    again.partition.live();
    again.input({ kind: 'started', build: 'b' });
    filled(again, fill('t1', '4'), fill('t2', '6', '83.1'));
    expect(JSON.stringify(facts(again).stops)).toBe(JSON.stringify(facts(whole).stops));
    expect(again.partition.registry.positions.get(POSITION)).toMatchObject({
      ...{ quantity: '10', entryPrice: '83.14', cost: '-831.4' },
    });
  });
});

describe('a refused entry', () => {
  it.each([
    ['an unknown account', { accountId: 'nobody' }, 'ACCOUNT_UNKNOWN', 'accountId'],
    ['an unknown instrument', { instrumentId: 'X:Y' }, 'INSTRUMENT_UNKNOWN', 'instrumentId'],
    ['a price off the grid', { limitPrice: '83.205' }, 'PRICE_OFF_GRID', 'limitPrice'],
    ['a quantity off the grid', { quantity: '0.0001' }, 'QUANTITY_OFF_GRID', 'quantity'],
    ['a market order with a limit', { type: 'market' }, 'NOT_ALLOWED', 'limitPrice'],
    ['a stop order without its price', { type: 'stop' }, 'REQUIRED', 'stopPrice'],
    [
      'a stop that is reached',
      { type: 'stop', stopPrice: '83.29' },
      'STOP_PRICE_REACHED',
      'stopPrice',
    ],
    ['a plan on the wrong side', { plan: { stop: '83.2' } }, 'STOP_THROUGH_MARKET', 'plan.stop'],
    ['a bad id', { orderId: 'x' }, 'BAD_FORM', 'orderId'],
  ] as const)('names %s', (_what, more, code, field) => {
    const entering = PartitionFixture.ready();
    entering.price('83.29');
    const result = entering.command(order(more));
    expect(result).toMatchObject({ kind: 'rejected', rejection: 'invalid' });
    expect(result).toHaveProperty('problems', [expect.objectContaining({ code, field })]);
    expect(entering.partition.registry.orders.size).toBe(0);
  });

  it('names a limit order that lacks its price', () => {
    const entering = PartitionFixture.ready();
    const lacking = without(order(), 'limitPrice');
    expect(entering.command(lacking)).toMatchObject({
      problems: [{ code: 'REQUIRED', field: 'limitPrice' }],
    });
  });

  it('is one that would reduce: exits are for stops and for closing', () => {
    const entering = PartitionFixture.ready();
    entering.position(1, 'long');
    const bare = without(order({ side: 'sell', positionId: ulidOf(1) }), 'plan');
    expect(entering.command(bare)).toMatchObject({
      ...{ rejection: 'conflict', problems: [{ code: 'WOULD_REDUCE', field: 'side' }] },
    });
  });
});

describe('an account that is halted', () => {
  const steer = (kind: string) => ({ kind, accountId: 'demo', reason: 'news' });

  it('enters nothing until it is resumed, also after a restart, while exits pass', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    entering.command(steer('HaltTrading'));
    const again = entering.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    const second = order({ orderId: ulidOf(8) });
    expect(again.command(second)).toMatchObject({
      problems: [{ code: 'TRADING_HALTED', field: 'accountId', rule: 'must not be halted (news)' }],
    });
    expect(again.price('80')[0]).toMatchObject({ type: 'StopTriggered' });
    again.command(steer('ResumeTrading'));
    expect(again.command(second)).toMatchObject({ kind: 'accepted' });
  });

  it('by the kill switch lets every position leave and takes every entry back, once', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    entering.position(3, 'short', '2');
    entering.command({ ...steer('PullKillSwitch'), commandId: 'k' });
    const types = named(entering.decisions.slice(-7).map(({ fact }) => fact));
    expect(types).toStrictEqual([
      ...['KillSwitchPulled', 'OrderCancelRequested'],
      ...['StopTriggered', 'OrderPlaced'],
      ...['StopArmed', 'StopTriggered', 'OrderPlaced'],
    ]);
    const exits = [...entering.partition.registry.orders.values()].filter((one) => one.stopId);
    expect(exits.map(({ side, quantity }) => [side, quantity])).toStrictEqual([
      ['sell', '4'],
      ['buy', '2'],
    ]);
    const again = entering.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    expect(named(again.input({ kind: 'started', build: 'b' }).facts)).toStrictEqual([
      'EngineStarted',
    ]);
  });

  it('by the kill switch goes on after a crash that kept only the switch', () => {
    const entering = Entering.placed();
    filled(entering, fill('t1', '4'));
    const before = entering.decisions.length;
    entering.command(steer('PullKillSwitch'));
    const again = entering.restarted(entering.decisions.slice(0, before + 1));
    again.partition.beginRecovery();
    again.partition.live();
    expect(named(again.input({ kind: 'started', build: 'b' }).facts)).toStrictEqual([
      ...['EngineStarted', 'OrderCancelRequested', 'StopTriggered', 'OrderPlaced'],
    ]);
  });
});

describe('closing a position', () => {
  const close = { kind: 'ClosePosition', positionId: ulidOf(1) };

  it('fires every stop of it and lets the rest leave through one of its own', () => {
    const entering = PartitionFixture.ready();
    entering.position(1, 'long', '10');
    entering.price('83.29');
    entering.arm(2, 1, { stop: '81' }, '4');
    entering.arm(3, 1, { stop: '80' }, '3');
    entering.command({ kind: 'SuspendStop', stopId: ulidOf(3) });
    expect(entering.command(close)).toMatchObject({ kind: 'accepted', id: ulidOf(1) });
    const exits = [...entering.partition.registry.orders.values()];
    expect(exits.map(({ quantity, side }) => [quantity, side])).toStrictEqual([
      ['4', 'sell'],
      ['3', 'sell'],
      ['3', 'sell'],
    ]);
    expect(stopsOf(entering).map(({ status }) => status)).toStrictEqual(Array(3).fill('triggered'));
    const triggers = entering.decisions.flatMap(({ fact }) =>
      fact.type === 'StopTriggered' ? [fact.data.branch] : [],
    );
    expect(triggers).toStrictEqual(['command', 'command', 'command']);
    expect(entering.command(close)).toMatchObject({ problems: [{ code: 'POSITION_LEAVING' }] });
    expect(entering.price('70')).toStrictEqual([]);
  });

  it('takes a resting limit exit back and sends what it leaves at market', () => {
    const entering = PartitionFixture.ready();
    entering.position(1, 'long', '10');
    entering.price('83.29');
    entering.arm(2, 1, { stop: '81', limit: { offset: '0.1', then: 'keep' } });
    entering.price('81');
    const [exit] = [...entering.partition.registry.orders.values()];
    entering.report({ kind: 'acked', orderId: exit!.orderId, venueOrderId: 'v', venueTimeMs: T0 });
    expect(entering.command(close)).toMatchObject({ kind: 'accepted' });
    const sent = entering.report({
      kind: 'cancelled',
      orderId: exit!.orderId,
      reason: 'requested',
    });
    expect(sent[1]).toMatchObject({ type: 'OrderPlaced', data: { type: 'market', attempt: 2 } });
  });

  it('is refused for one that is not known or not open', () => {
    const entering = PartitionFixture.ready();
    expect(entering.command(close)).toMatchObject({ rejection: 'not-found' });
  });
});
