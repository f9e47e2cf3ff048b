import type { Fact } from '../domain/facts.js';
import type { StopEvent } from '../domain/stop/stop.events.js';
import type { Decision } from './decisions.js';
import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';

const POSITION = 1;
const STOP = 2;

function typesOf(facts: readonly { readonly type: string }[]): string[] {
  return facts.map((fact) => fact.type);
}

function ready(side: 'long' | 'short' = 'long'): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(POSITION, side);
  return fixture;
}

function trackOf(
  facts: readonly { readonly type: string; readonly data: unknown }[],
  type: string,
) {
  const fact = facts.find((one) => one.type === type);
  if (!fact) throw new Error(`no ${type} among ${typesOf(facts).join(', ')}`);
  return (fact as StopEvent & { type: 'StopTrailed' }).data.track;
}

describe('a stop of the default dialect', () => {
  it('trails behind the best price, fires on a touch and decides the exit of the whole quantity', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { trail: { amount: '1.25' } });
    expect(trackOf(fixture.price('83.39'), 'StopTrailed')).toStrictEqual({
      level: '82.14', // 83.39 - 1.25
      extreme: '83.39',
      trailMoves: 1,
    });
    expect(fixture.price('82.15')).toStrictEqual([]);
    const fired = fixture.price('82.14', { tradeId: '293532876' });
    expect(typesOf(fired)).toStrictEqual(['StopTriggered', 'OrderPlaced']);
    expect(fired[0]?.data).toMatchObject({
      branch: 'stop',
      moves: 0,
      track: { level: '82.14', extreme: '83.39', trailMoves: 1 },
      cause: { price: '82.14', tradeId: '293532876', source: 'last', verdict: 'good' },
      order: { orderId: `${ulidOf(STOP)}-0101`, side: 'sell', quantity: '10', reduceOnly: true },
    });
    expect(fixture.price('70')).toStrictEqual([]);
  });

  it('mirrors for a short: 0.7 above the lowest print, hit by touching exactly', () => {
    const fixture = ready('short');
    fixture.arm(STOP, POSITION, { trail: { amount: '0.7' } });
    expect(trackOf(fixture.price('82.26'), 'StopTrailed').level).toBe('82.96');
    expect(fixture.price('82.95')).toStrictEqual([]);
    expect(fixture.price('82.96')[0]).toMatchObject({
      type: 'StopTriggered',
      data: { order: { side: 'buy' } },
    });
  });

  it('rounds a percentage of the extreme to the tighter price of the grid', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { trail: { percent: '2' } });
    // 83.29 * 0.98 = 81.6242 -> 81.63 for a long
    expect(fixture.partition.registry.stops.get(ulidOf(STOP))?.track.level).toBe('81.63');
  });

  it('moves only by whole steps', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { trail: { amount: '1' }, step: '0.10' });
    expect(fixture.price('83.38')).toStrictEqual([]); // 82.38 is better by 0.09
    expect(trackOf(fixture.price('83.39'), 'StopTrailed').level).toBe('82.39'); // by 0.10
  });

  it('sleeps until its activation while the fixed stop guards', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '81', activation: '83.5', trail: { amount: '1' } });
    expect(fixture.price('83.49')).toStrictEqual([]);
    const activated = fixture.price('83.5');
    expect(typesOf(activated)).toStrictEqual(['StopActivated']);
    expect(trackOf(activated, 'StopActivated')).toStrictEqual({
      level: '82.5',
      extreme: '83.5',
      trailMoves: 1,
    });
    expect(typesOf(fixture.price('82.5'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('lets the fixed stop fire before the activation is reached', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '81', activation: '83.5', trail: { amount: '1' } });
    expect(fixture.price('80.99')[0]).toMatchObject({ data: { track: { level: '81' } } });
  });

  it('begins to trail at the first price when none was known at arming', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(POSITION, 'long');
    fixture.arm(STOP, POSITION, { trail: { amount: '1.25' } });
    const first = fixture.price('83.29');
    expect(first[0]).toMatchObject({
      type: 'StopActivated',
      data: { reason: 'first-price', track: { level: '82.04', extreme: '83.29', trailMoves: 0 } },
    });
  });

  it('closes a bracket at the target, which it then never sends twice', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82', targets: [{ price: '84' }] });
    expect(fixture.price('84.10')[0]).toMatchObject({
      type: 'StopTriggered',
      data: {
        branch: 'target',
        targetPrice: '84',
        cause: { price: '84.1' },
        order: { quantity: '10' },
      },
    });
    expect(fixture.price('81')).toStrictEqual([]);
  });

  it('lets each target of a ladder take its portion and guards the rest', () => {
    const fixture = ready();
    const targets = [
      { price: '84', portion: '0.3333' },
      { price: '85', portion: '0.5' },
    ];
    fixture.arm(STOP, POSITION, { stop: '82', targets });
    const both = fixture.price('85');
    expect(typesOf(both)).toStrictEqual([
      'StopTargetHit',
      'OrderPlaced',
      'StopTargetHit',
      'OrderPlaced',
    ]);
    expect(both[0]).toMatchObject({
      data: { order: { quantity: '3.333', ordinal: 1 }, remainingQuantity: '6.667' },
    });
    expect(both[2]).toMatchObject({
      data: { order: { quantity: '5', ordinal: 2 }, remainingQuantity: '1.667' },
    });
    expect(fixture.price('81')[0]).toMatchObject({
      type: 'StopTriggered',
      data: { order: { quantity: '1.667', ordinal: 3 } },
    });
  });

  it('lets the last target of a full ladder take the dust of the lot step along', () => {
    const fixture = ready();
    const targets = ['84', '85', '86'].map((price, index) => ({
      ...{ price, portion: index === 2 ? '0.34' : '0.33' },
    }));
    fixture.arm(STOP, POSITION, { targets }, '0.01');
    const facts = ['84', '85', '86'].flatMap((price) => fixture.price(price));
    const orders = facts.filter(({ type }) => type === 'StopTargetHit' || type === 'StopTriggered');
    expect(orders.map(({ data }) => 'order' in data && data.order)).toMatchObject([
      { quantity: '0.003' },
      { quantity: '0.003' },
      { quantity: '0.004' },
    ]);
  });

  it('ends at a target that wants all that is left, though more targets follow', () => {
    const fixture = ready();
    const targets = [
      { price: '84', portion: '0.5' },
      { price: '85', portion: '0.2' },
    ];
    fixture.arm(STOP, POSITION, { stop: '82', targets });
    const armed = fixture.decisions.find(({ fact }) => fact.type === 'StopArmed');
    if (armed?.fact.type !== 'StopArmed') throw new Error('the stop is armed');
    const { fact, streamId } = armed;
    const quantity = fact.data.quantity.replace('10', '5');
    const adjusted = {
      ...{ type: 'StopQuantityAdjusted', version: 1 },
      data: { ...fact.data, previousQuantity: '10', quantity, reason: 'position-reduced' },
    } as unknown as Fact;
    const again = fixture.restarted([
      ...fixture.decisions,
      { streamId, fact: adjusted, expectedRevision: 0 } as Decision,
    ]);
    again.partition.beginRecovery();
    again.partition.live();
    expect(again.price('84')).toMatchObject([
      { type: 'StopTriggered', data: { branch: 'target', order: { quantity: '5' } } },
      { type: 'OrderPlaced' },
    ]);
  });

  it('takes no decision on a print that the gate holds back', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' });
    expect(fixture.price('70', { verdict: 'not-a-trade' })).toStrictEqual([]);
    expect(typesOf(fixture.price('82'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('closes a long on the bid and a short on the ask when asked to', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82', triggerBy: 'bidAsk' });
    fixture.price('81');
    const quote = {
      kind: 'quote',
      instrumentId: 'BINANCE:LTCUSDT',
      feed: 'main',
      bidSize: '5',
      askSize: '6',
      sequence: '77',
      venueTimeMs: 1,
      receivedAtMs: 1,
      verdict: 'good',
    } as const;
    const at = (bidUnits: number, askUnits: number) =>
      fixture.input({ kind: 'tick', tick: { ...quote, bidUnits, askUnits } }).facts;
    expect(at(8201, 8202)).toStrictEqual([]);
    expect(at(8200, 8205)[0]).toMatchObject({
      type: 'StopTriggered',
      data: { cause: { source: 'bid', price: '82', size: '5', tradeId: '77' } },
    });
  });
});

describe('the recording of moves', () => {
  it('records the first move at once and merges what follows within the interval', () => {
    const fixture = PartitionFixture.ready({
      recordIntervalMs: 100,
      trailEventsPerSecondMax: 4000,
    });
    fixture.price('83.29');
    fixture.position(POSITION, 'long');
    fixture.arm(STOP, POSITION, { trail: { amount: '1' } });
    expect(typesOf(fixture.price('83.30', { tradeId: '1' }))).toStrictEqual(['StopTrailed']);
    fixture.at += 40;
    expect(fixture.price('83.31', { tradeId: '2' })).toStrictEqual([]);
    fixture.at += 40;
    expect(fixture.price('83.32', { tradeId: '3' })).toStrictEqual([]);
    fixture.at += 20;
    const merged = fixture.input({ kind: 'timer' }).facts;
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject({
      type: 'StopTrailed',
      data: {
        moves: 2,
        previous: { level: '82.3', trailMoves: 1 },
        track: { level: '82.32', extreme: '83.32', trailMoves: 3 },
        firstCause: { tradeId: '2' },
        cause: { tradeId: '3' },
      },
    });
  });

  it('closes an open range with the trigger', () => {
    const fixture = PartitionFixture.ready({
      recordIntervalMs: 100,
      trailEventsPerSecondMax: 4000,
    });
    fixture.price('83.29');
    fixture.position(POSITION, 'long');
    fixture.arm(STOP, POSITION, { trail: { amount: '1' } });
    fixture.price('83.30');
    fixture.price('83.31');
    const fired = fixture.price('82.31');
    expect(typesOf(fired)).toStrictEqual(['StopTriggered', 'OrderPlaced']);
    expect(fired[0]).toMatchObject({
      data: { moves: 1, previous: { level: '82.3' }, track: { level: '82.31', trailMoves: 2 } },
    });
    fixture.at += 1000;
    expect(fixture.input({ kind: 'timer' }).facts).toStrictEqual([]);
  });

  it('hands triggers over before the moves of others and keeps the moves within the budget', () => {
    const fixture = PartitionFixture.ready({ recordIntervalMs: 0, trailEventsPerSecondMax: 2 });
    fixture.price('83.29');
    fixture.position(POSITION, 'long', '4');
    fixture.position(9, 'short', '1');
    for (const stop of [11, 12, 13]) fixture.arm(stop, POSITION, { trail: { amount: '1' } }, '1');
    fixture.arm(14, 9, { stop: '84' });
    const burst = fixture.price('84');
    expect(typesOf(burst)).toStrictEqual([
      'StopTriggered',
      'OrderPlaced',
      'StopTrailed',
      'StopTrailed',
    ]);
    fixture.at += 500;
    expect(fixture.input({ kind: 'timer' }).facts).toMatchObject([
      { type: 'StopTrailed', data: { stopId: ulidOf(13) } },
    ]);
  });
});

describe('commands', () => {
  it('refuse a plan with every reason at once', () => {
    const fixture = ready();
    const result = fixture.arm(STOP, POSITION, {
      stop: '83.295',
      trail: { percent: '0' },
      targets: [
        { price: '84', portion: '0.7' },
        { price: '83.5', portion: '0.7' },
      ],
    });
    expect(result).toMatchObject({ kind: 'rejected', rejection: 'invalid' });
    const codes =
      result.kind === 'rejected' ? result.problems.map(({ code, field }) => [code, field]) : [];
    expect(codes).toStrictEqual([
      ['PRICE_OFF_GRID', 'plan.stop'],
      ['NOT_POSITIVE', 'plan.trail.percent'],
      ['TARGETS_OUT_OF_ORDER', 'plan.targets.1.price'],
      ['PORTIONS_OVER_ONE', 'plan.targets'],
    ]);
  });

  it('refuse a stop through the market unless it is asked to fire', () => {
    const fixture = ready();
    expect(fixture.arm(STOP, POSITION, { stop: '83.29' })).toMatchObject({
      rejection: 'invalid',
      problems: [{ code: 'STOP_THROUGH_MARKET', field: 'plan.stop', value: '83.29' }],
    });
    const { facts } = fixture.input({
      kind: 'command',
      command: {
        kind: 'ArmStop',
        commandId: 'fire',
        actor: 'test',
        stopId: ulidOf(STOP),
        positionId: ulidOf(POSITION),
        plan: { stop: '83.30', dialect: { throughMarket: 'fire' } },
      },
    });
    expect(typesOf(facts)).toStrictEqual(['StopArmed', 'StopTriggered', 'OrderPlaced']);
  });

  it('never let stops cover more than is open', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' }, '6');
    expect(fixture.arm(3, POSITION, { stop: '82' }, '4.001')).toMatchObject({
      rejection: 'conflict',
      problems: [{ code: 'OVER_COVERED', value: '4.001' }],
    });
    expect(fixture.arm(3, POSITION, { stop: '82' })).toMatchObject({ kind: 'accepted' });
    expect(fixture.partition.registry.stops.get(ulidOf(3))?.quantity).toBe('4');
    fixture.price('82');
    expect(fixture.arm(4, POSITION, { stop: '81' })).toMatchObject({ rejection: 'conflict' });
  });

  it('amend what the caller has seen but for its moves, and keep the best price since arming', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { trail: { amount: '2' } });
    fixture.price('84');
    const amend = (expectedRevision: number) =>
      fixture.command({
        kind: 'AmendStop',
        stopId: ulidOf(STOP),
        expectedRevision,
        plan: { trail: { amount: '3' } },
      });
    const stale = { rejection: 'stale', problems: [{ code: 'REVISION_STALE' }] };
    expect(amend(2)).toMatchObject(stale);
    expect(amend(0)).toMatchObject({ kind: 'accepted' });
    expect(amend(1)).toMatchObject(stale);
    expect(fixture.decisions.at(-1)?.fact).toMatchObject({
      type: 'StopAmended',
      data: { previous: { level: '82' }, track: { level: '81', extreme: '84' } },
    });
    expect(typesOf(fixture.price('81'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
    expect(amend(3)).toMatchObject({
      rejection: 'conflict',
      problems: [{ code: 'STOP_TRIGGERED' }],
    });
  });

  it("own only what they decide: moves of other stops that fall due stay the engine's", () => {
    const fixture = PartitionFixture.ready({
      recordIntervalMs: 100,
      trailEventsPerSecondMax: 4000,
    });
    fixture.price('83.29');
    fixture.position(POSITION, 'long');
    fixture.arm(STOP, POSITION, { trail: { amount: '1' } }, '5');
    fixture.price('83.30');
    fixture.price('83.31');
    fixture.at += 200;
    fixture.arm(3, POSITION, { stop: '82' }, '5');
    const owners = fixture.decisions
      .slice(-2)
      .map(({ fact, actor, commandId }) => [fact.type, actor, commandId]);
    expect(owners).toStrictEqual([
      ['StopArmed', 'test', 'c5'],
      ['StopTrailed', 'engine', undefined],
    ]);
  });

  it('cancel an armed stop, once', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' });
    expect(fixture.command({ kind: 'CancelStop', stopId: ulidOf(STOP) })).toMatchObject({
      kind: 'accepted',
    });
    expect(fixture.price('80')).toStrictEqual([]);
    expect(fixture.command({ kind: 'CancelStop', stopId: ulidOf(STOP) })).toMatchObject({
      rejection: 'conflict',
    });
    expect(fixture.command({ kind: 'CancelStop', stopId: ulidOf(99) })).toMatchObject({
      rejection: 'not-found',
    });
  });
});
