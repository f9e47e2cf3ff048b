import { LTC, PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';

const [POSITION, STOP, OTHER, ENTRY] = [1, 2, 3, 4];

function read({ partition }: PartitionFixture): readonly string[] {
  const found = partition.pricesRead();
  expect([...found.keys()].filter((instrumentId) => instrumentId !== LTC)).toEqual([]);
  return [...(found.get(LTC) ?? [])].sort();
}

function ready(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(POSITION, 'long');
  return fixture;
}

describe('the prices that are read', () => {
  it.each([
    [{ stop: '82' }, ['trade']],
    [{ stop: '82', triggerBy: 'mark' }, ['mark']],
    [{ stop: '82', triggerBy: 'bidAsk' }, ['quote']],
    [{ trail: { amount: '1' }, triggerBy: 'mid' }, ['quote']],
    [
      { stop: '82', trail: { amount: '1' }, triggerBy: 'bidAsk', dialect: { trailBy: 'last' } },
      ['quote', 'trade'],
    ],
  ] as const)('of %j are %j', (plan, kinds) => {
    const fixture = ready();
    fixture.input({
      kind: 'tick',
      tick: {
        ...{ kind: 'quote', instrumentId: LTC, feed: 'main', bidUnits: 8_329, askUnits: 8_330 },
        ...{ bidSize: '1', askSize: '1', sequence: '1', verdict: 'good' },
        ...{ venueTimeMs: fixture.at, receivedAtMs: fixture.at },
      },
    });
    expect(read(fixture)).toEqual([]);
    const armed = fixture.arm(STOP, POSITION, { ...plan });
    expect(armed).toMatchObject({ kind: 'accepted' });
    expect(read(fixture)).toEqual(kinds);
  });

  it('follow what is armed, amended and cancelled, and are the same after a restart', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' }, '5');
    fixture.arm(OTHER, POSITION, { stop: '82', triggerBy: 'mark' }, '5');
    expect(read(fixture)).toEqual(['mark', 'trade']);
    const amend = { kind: 'AmendStop', stopId: ulidOf(STOP), expectedRevision: 0 };
    const plan = { stop: '81', triggerBy: 'bidAsk' };
    expect(fixture.command({ ...amend, plan })).toMatchObject({ kind: 'accepted' });
    expect(read(fixture)).toEqual(['mark', 'quote']);
    const next = fixture.restarted();
    next.partition.beginRecovery();
    next.partition.live();
    expect(read(next)).toEqual(['mark', 'quote']);
    for (const stop of [STOP, OTHER]) fixture.command({ kind: 'CancelStop', stopId: ulidOf(stop) });
    expect(read(fixture)).toEqual([]);
  });

  it('are none any more of a stop that has fired', () => {
    const fixture = ready();
    fixture.arm(STOP, POSITION, { stop: '82' });
    fixture.price('81.9', { tradeId: '2' });
    expect(read(fixture)).toEqual([]);
  });

  it('are those of the plan behind an entry while it may fill', () => {
    const fixture = ready();
    const order = { orderId: ulidOf(ENTRY), accountId: 'demo', instrumentId: LTC, quantity: '1' };
    const entry = { kind: 'PlaceOrder', ...order, side: 'buy', type: 'limit', limitPrice: '83' };
    const plan = { stop: '81', triggerBy: 'mark' };
    expect(fixture.command({ ...entry, plan })).toMatchObject({ kind: 'accepted' });
    expect(read(fixture)).toEqual(['mark']);
    const { orderId } = order;
    fixture.report({ kind: 'cancelled', orderId, reason: 'requested' });
    expect(read(fixture)).toEqual([]);
  });
});
