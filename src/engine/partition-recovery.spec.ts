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

const FILL = {
  venueTradeId: 'P1-1',
  quantity: '4',
  price: '82',
  feeAmount: '0.1',
  feeCurrency: 'USDT',
  liquidity: 'taker',
  filledAtMs: 5,
} as never;
const ORDER = `${ulidOf(STOP)}-0101`;

describe('reports of a broker', () => {
  function triggered(): PartitionFixture {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' });
    fixture.price('82');
    return fixture;
  }

  it('settle order, position and stop by fills alone, each trade id once', () => {
    const fixture = triggered();
    const fill = (more: object) =>
      fixture.report({
        kind: 'fill',
        orderId: ORDER,
        fill: { ...(FILL as object), ...more } as never,
      });
    expect(typesOf(fill({}))).toStrictEqual(['OrderPartiallyFilled', 'PositionReduced']);
    expect(fill({})).toStrictEqual([]);
    const acked = fixture.report({
      kind: 'acked',
      orderId: ORDER,
      venueOrderId: 'P1',
      venueTimeMs: 4,
    });
    expect(typesOf(acked)).toStrictEqual(['OrderAcked']);
    const rest = fill({ venueTradeId: 'P1-2', quantity: '6', price: '81.9' });
    expect(typesOf(rest)).toStrictEqual(['OrderFilled', 'PositionClosed', 'StopClosed']);
    // (81.9 - 83.29) * 6 = -8.34
    expect(rest[1]).toMatchObject({ data: { realisedPnl: '-8.34', remainingQuantity: '0' } });
    expect(rest[2]).toMatchObject({ data: { exitQuantity: '10', unfilledQuantity: '0' } });
    expect(typesOf(fill({ venueTradeId: 'P1-3', quantity: '1' }))).toStrictEqual(['FillDisputed']);
    expect(fill({ venueTradeId: 'P1-3', quantity: '1' })).toStrictEqual([]);
  });

  it('leave an unclear order unknown until the venue has spoken', () => {
    const fixture = triggered();
    expect(
      typesOf(fixture.report({ kind: 'unknown', orderId: ORDER, unclear: 'timeout' })),
    ).toStrictEqual(['OrderUnknown']);
    expect(fixture.report({ kind: 'unknown', orderId: ORDER, unclear: 'timeout' })).toStrictEqual(
      [],
    );
    expect(fixture.partition.unsettledOrders().map((order) => order.status)).toStrictEqual([
      'unknown',
    ]);
  });

  it('close a stop whose exit the venue refused, and say that nothing was filled', () => {
    const fixture = triggered();
    const facts = fixture.report({
      kind: 'rejected',
      orderId: ORDER,
      reason: 'final',
      venueText: 'no',
    });
    expect(typesOf(facts)).toStrictEqual(['OrderRejected', 'StopClosed']);
    expect(facts[1]).toMatchObject({ data: { exitQuantity: '0', unfilledQuantity: '10' } });
  });
});

describe('a restart', () => {
  it('guards from the level that the log holds', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { trail: { amount: '1.25' } });
    fixture.price('83.39');
    const next = fixture.restarted();
    next.partition.beginRecovery();
    next.partition.live();
    expect(next.price('82.15')).toStrictEqual([]);
    expect(next.price('82.14')[0]).toMatchObject({
      type: 'StopTriggered',
      data: { track: { level: '82.14', extreme: '83.39', trailMoves: 1 } },
    });
  });

  it('does the taped prices again that the log has not seen the outcome of', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { trail: { amount: '1.25' } });
    const durable = [...fixture.decisions];
    fixture.price('84');
    fixture.price('82.75');
    const next = fixture.restarted(durable);
    expect(next.partition.beginRecovery()).toStrictEqual({ partition: 'p0', epoch: 1, seq: 4 });
    const again = fixture.inputs.flatMap((input) => next.partition.recover(input));
    const missed = fixture.decisions.slice(durable.length);
    expect(again).toStrictEqual(missed);
    expect(typesOf(again.map((one) => one.fact))).toStrictEqual([
      'StopTrailed',
      'StopTriggered',
      'OrderPlaced',
    ]);
  });

  it('writes down what a crash kept from following a fill', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' });
    fixture.price('82');
    fixture.report({
      kind: 'fill',
      orderId: ORDER,
      fill: { ...(FILL as object), quantity: '10' } as never,
    });
    const cut = fixture.decisions.findIndex((one) => one.fact.type === 'OrderFilled') + 1;
    const next = fixture.restarted(fixture.decisions.slice(0, cut));
    next.partition.beginRecovery();
    next.partition.live();
    const { facts } = next.input({ kind: 'started', build: 'test' });
    expect(typesOf(facts)).toStrictEqual(['EngineStarted', 'PositionClosed', 'StopClosed']);
    expect(
      typesOf(
        next
          .restarted([...fixture.decisions.slice(0, cut), ...next.decisions])
          .input({ kind: 'started', build: 'test' }).facts,
      ),
    ).toStrictEqual(['EngineStarted']);
  });

  it('finds an exit that was decided but not yet noted as sent', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' });
    fixture.price('82');
    const next = fixture.restarted(fixture.decisions.slice(0, -1));
    next.partition.beginRecovery();
    next.partition.live();
    expect(typesOf(next.input({ kind: 'started', build: 'test' }).facts)).toStrictEqual([
      'EngineStarted',
      'OrderPlaced',
    ]);
    expect(next.partition.unsettledOrders().map((order) => order.orderId)).toStrictEqual([ORDER]);
  });

  it('isolates a stop whose history cannot be folded and guards the others', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' }, '5');
    fixture.arm(3, POSITION, { stop: '81' }, '5');
    const broken = fixture.decisions.filter(
      (one) => !(one.fact.type === 'StopArmed' && one.fact.data.stopId === ulidOf(STOP)),
    );
    fixture.command({ kind: 'CancelStop', stopId: ulidOf(STOP) });
    const next = fixture.restarted([...broken, ...fixture.decisions.slice(-1)]);
    next.partition.beginRecovery();
    next.partition.live();
    expect(next.partition.isolated).toStrictEqual([ulidOf(STOP)]);
    expect(typesOf(next.price('81'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('isolates the stops of a position whose own history cannot be folded', () => {
    const fixture = ready();
    fixture.position(9, 'long');
    fixture.arm(STOP, POSITION, { stop: '82' });
    fixture.arm(3, 9, { stop: '81' });
    const broken = fixture.decisions.filter(
      (one) =>
        !(one.fact.type === 'PositionOpened' && one.fact.data.positionId === ulidOf(POSITION)),
    );
    const reduced = {
      ...(fixture.decisions[0] as Decision),
      streamId: `position-${ulidOf(POSITION)}`,
      fact: { type: 'PositionClosed', version: 1, data: { positionId: ulidOf(POSITION) } } as never,
    };
    const next = fixture.restarted([...broken, reduced]);
    next.partition.beginRecovery();
    next.partition.live();
    expect(next.partition.isolated).toStrictEqual([ulidOf(STOP)]);
    next.input({ kind: 'started', build: 'test' });
    expect(typesOf(next.price('81'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });
});
