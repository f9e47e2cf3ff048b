import type { Fact } from '../domain/facts.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { LTC, PartitionFixture, T0, trade, ulidOf } from '../../test/support/partition-fixture.js';

type DataOf<T extends Fact['type']> = Extract<Fact, { readonly type: T }>['data'];

const FREE = { dialect: 'stopledger' } as const;

function armed(plan: PlanRequest, side: 'long' | 'short' = 'long'): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.position(1, side);
  fixture.price('83.29');
  const result = fixture.arm(2, 1, plan);
  if (result.kind === 'rejected') throw new Error(JSON.stringify(result.problems));
  return fixture;
}

/** Prices at a time, or at the time of the fixture. */
function price(fixture: PartitionFixture, text: string, atMs?: number): Fact[] {
  if (atMs !== undefined) fixture.at = atMs;
  return fixture.price(text);
}

function quote(fixture: PartitionFixture, bid: number, ask: number, feed = 'main'): Fact[] {
  const { venueTimeMs, receivedAtMs } = trade('1');
  return fixture.input({
    kind: 'tick',
    tick: {
      ...{ kind: 'quote', instrumentId: LTC, feed, bidUnits: bid, askUnits: ask },
      ...{ bidSize: '1', askSize: '1', sequence: '9', venueTimeMs, receivedAtMs, verdict: 'good' },
    },
  }).facts;
}

const types = (facts: readonly Fact[]): string[] => facts.map(({ type }) => type);

function only<T extends Fact['type']>(facts: readonly Fact[], type: T): DataOf<T> {
  const found = facts.filter((fact) => fact.type === type);
  const [first] = found;
  if (!first || found.length > 1)
    throw new Error(`one ${type} expected, was ${String(types(facts))}`);
  return first.data as DataOf<T>;
}

describe('break-even', () => {
  it('moves the stop of a long to its entry and the offset, once, and for good', () => {
    const fixture = armed({ stop: '82', breakEven: { trigger: '84', offset: '0.05' } });
    expect(types(price(fixture, '83.99'))).toStrictEqual([]);
    const moved = only(price(fixture, '84'), 'StopMovedToBreakEven');
    expect(moved.previous.level).toBe('82');
    expect(moved.track).toStrictEqual({ level: '83.34', extreme: null, trailMoves: 1 });
    expect(types(price(fixture, '84.5'))).toStrictEqual([]);
    expect(only(price(fixture, '83.34'), 'StopTriggered').track.level).toBe('83.34');
  });

  it('mirrors that for a short', () => {
    const fixture = armed({ stop: '85', breakEven: { trigger: '82.5', offset: '0.05' } }, 'short');
    expect(only(price(fixture, '82.5'), 'StopMovedToBreakEven').track.level).toBe('83.24');
    expect(types(price(fixture, '83.24'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('leaves a stop alone that has trailed further already', () => {
    const fixture = armed({ trail: { amount: '0.2' }, breakEven: { trigger: '84', offset: '0' } });
    expect(types(price(fixture, '84'))).toStrictEqual(['StopTrailed']);
  });
});

describe('a time stop', () => {
  const after = 'PT30M';

  it('lets the rest leave at market when its time has come, price or not', () => {
    const fixture = armed({ stop: '82', timeStop: { after } });
    expect(fixture.partition.wakeAtMs).toBe(T0 + 1_800_000);
    fixture.at = T0 + 1_799_999;
    expect(fixture.input({ kind: 'timer' }).facts).toStrictEqual([]);
    fixture.at = T0 + 1_800_000;
    const { facts } = fixture.input({ kind: 'timer' });
    const triggered = only(facts, 'StopTriggered');
    expect(triggered.branch).toBe('timeStop');
    expect(triggered.cause?.price).toBe('83.29');
    expect(triggered.order.type).toBe('market');
    expect(fixture.partition.wakeAtMs).toBe(Infinity);
  });

  it('comes before the price that would have fired the stop at the same instant', () => {
    const fixture = armed({ stop: '82', timeStop: { after } });
    const facts = price(fixture, '81', T0 + 1_800_000);
    expect(only(facts, 'StopTriggered').branch).toBe('timeStop');
  });

  it('lets a stop in profit go on, if the plan says so, and never asks again', () => {
    const fixture = armed({ stop: '82', timeStop: { after, unlessInProfit: true } });
    price(fixture, '83.3');
    fixture.at = T0 + 1_800_000;
    expect(fixture.input({ kind: 'timer' }).facts).toStrictEqual([]);
    expect(types(price(fixture, '83', T0 + 9_000_000))).toStrictEqual([]);
    const again = fixture.restarted();
    again.partition.beginRecovery();
    for (const taped of fixture.inputs) again.partition.recover(taped);
    again.partition.live();
    expect(again.input({ kind: 'timer' }).facts).toStrictEqual([]);
  });

  it('exits at its entry: that is no profit', () => {
    const fixture = armed({ stop: '82', timeStop: { after, unlessInProfit: true } });
    fixture.at = T0 + 1_800_000;
    const { facts } = fixture.input({ kind: 'timer' });
    expect(types(facts)).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('exits at its entry for a short as well', () => {
    const plan = { stop: '85', timeStop: { after, unlessInProfit: true } };
    const fixture = armed(plan, 'short');
    fixture.at = T0 + 1_800_000;
    expect(types(fixture.input({ kind: 'timer' }).facts)).toContain('StopTriggered');
    const inProfit = armed(plan, 'short');
    inProfit.price('83.28');
    inProfit.at = T0 + 1_800_000;
    expect(inProfit.input({ kind: 'timer' }).facts).toStrictEqual([]);
  });

  it('that found a profit is not asked again after a restart at the very instant', () => {
    const plan = { trail: { amount: '5' }, timeStop: { after, unlessInProfit: true } };
    const fixture = armed(plan);
    price(fixture, '83.3');
    expect(types(price(fixture, '83.4', T0 + 1_800_000))).toStrictEqual(['StopTrailed']);
    const again = fixture.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    expect(again.partition.wakeAtMs).toBe(Infinity);
  });

  it('wants nobody to wake when its stop is gone', () => {
    const fixture = PartitionFixture.ready();
    fixture.command({
      kind: 'DefineInstrument',
      ...{ instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.01', quantityStep: '0.001' },
      ...{ quoteCurrency: 'USDT', feeds: ['main'], sessionEnd: '03:30+05:30' },
    });
    fixture.position(1, 'long');
    fixture.arm(2, 1, { stop: '82', timeStop: { after }, sessionEnd: { before: 'PT5M' } });
    expect(fixture.partition.wakeAtMs).toBeLessThan(Infinity);
    expect(fixture.command({ kind: 'CancelStop', stopId: ulidOf(2) }).kind).toBe('accepted');
    expect(fixture.partition.wakeAtMs).toBe(Infinity);
  });

  it('may end the stop without an exit', () => {
    const fixture = armed({ stop: '82', timeStop: { after, then: 'expire' } });
    fixture.at = T0 + 1_800_000;
    expect(types(fixture.input({ kind: 'timer' }).facts)).toStrictEqual(['StopExpired']);
    expect(types(price(fixture, '80'))).toStrictEqual([]);
  });

  it('is due after a restart when it fell due while nobody watched', () => {
    const fixture = armed({ stop: '82', timeStop: { after } });
    const again = fixture.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    again.at = T0 + 4_000_000;
    const { facts } = again.input({ kind: 'timer' });
    expect(only(facts, 'StopTriggered')).toMatchObject({ branch: 'timeStop', cause: null });
  });

  it('cannot be amended to a time that has passed', () => {
    const fixture = armed({ stop: '82' });
    fixture.at = T0 + 1_800_000;
    const result = fixture.command({
      kind: 'AmendStop',
      stopId: ulidOf(2),
      expectedRevision: 0,
      plan: { stop: '82', timeStop: { after } },
    });
    expect(result).toMatchObject({ problems: [{ code: 'TIME_STOP_PASSED' }] });
  });
});

describe('the end of a session', () => {
  function withSession(): PartitionFixture {
    const fixture = PartitionFixture.ready();
    fixture.command({
      kind: 'DefineInstrument',
      ...{ instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.01', quantityStep: '0.001' },
      ...{ quoteCurrency: 'USDT', feeds: ['main'], sessionEnd: '03:30+05:30' },
    });
    fixture.position(1, 'long');
    return fixture;
  }

  it('lets the rest leave so long before', () => {
    const fixture = withSession();
    fixture.arm(2, 1, { stop: '82', sessionEnd: { before: 'PT5M' } });
    // 2025-06-21T21:25 is before the session end of 22:00 UTC.
    expect(new Date(fixture.partition.wakeAtMs).toISOString()).toBe('2025-06-21T21:55:00.000Z');
    fixture.at = fixture.partition.wakeAtMs;
    expect(only(fixture.input({ kind: 'timer' }).facts, 'StopTriggered').branch).toBe('sessionEnd');
  });

  it('must not be so near that the stop would leave at once', () => {
    const fixture = withSession();
    const passed = {
      kind: 'rejected',
      problems: [{ code: 'SESSION_END_PASSED', field: 'plan.sessionEnd.before', value: 'PT24H' }],
    };
    const plan = { stop: '82', sessionEnd: { before: 'PT24H' } };
    const command = { kind: 'ArmStop' as const, stopId: ulidOf(2), positionId: ulidOf(1), plan };
    const trial = fixture.partition.tryArm({ commandId: 'try', actor: 'test', ...command });
    expect(trial).toMatchObject(passed);
    expect(fixture.arm(2, 1, plan)).toMatchObject(passed);
    fixture.arm(2, 1, { stop: '82', sessionEnd: { before: 'PT5M' } });
    const amend = { kind: 'AmendStop', stopId: ulidOf(2), expectedRevision: 0 };
    expect(fixture.command({ ...amend, plan })).toMatchObject(passed);
  });

  it('must be known', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    expect(fixture.arm(2, 1, { stop: '82', sessionEnd: { before: 'PT5M' } })).toMatchObject({
      problems: [{ code: 'SESSION_UNKNOWN' }],
    });
  });
});

describe('a suspended stop', () => {
  const suspend = { kind: 'SuspendStop', stopId: ulidOf(2) };
  const resume = { kind: 'ResumeStop', stopId: ulidOf(2) };

  it('neither moves nor fires, and goes on where it fell asleep', () => {
    const fixture = armed({ trail: { amount: '1' }, ...FREE });
    price(fixture, '84');
    expect(fixture.command(suspend).kind).toBe('accepted');
    expect(types(price(fixture, '90'))).toStrictEqual([]);
    expect(types(price(fixture, '80'))).toStrictEqual([]);
    price(fixture, '83.5');
    expect(fixture.command(resume).kind).toBe('accepted');
    const stop = fixture.partition.registry.stops.get(ulidOf(2));
    expect(stop).toMatchObject({ status: 'armed', track: { level: '83', extreme: '84' } });
    expect(types(price(fixture, '83'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('fires at once when it wakes up behind the market, or refuses to, as its dialect says', () => {
    const fixture = armed({ stop: '82', ...FREE });
    fixture.command(suspend);
    price(fixture, '81');
    const before = fixture.decisions.length;
    fixture.command(resume);
    const facts = fixture.decisions.slice(before).map(({ fact }) => fact);
    expect(types(facts)).toStrictEqual(['StopResumed', 'StopTriggered', 'OrderPlaced']);
    const careful = armed({ stop: '82' });
    careful.command(suspend);
    price(careful, '81');
    expect(careful.command(resume)).toMatchObject({ problems: [{ code: 'STOP_THROUGH_MARKET' }] });
  });

  it('is still asleep after a restart, and keeps its quantity', () => {
    const fixture = armed({ stop: '82' });
    fixture.command(suspend);
    const again = fixture.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    expect(again.price('80')).toStrictEqual([]);
    expect(again.arm(3, 1, { stop: '79' })).toMatchObject({ problems: [{ code: 'OVER_COVERED' }] });
    again.price('83');
    expect(again.command({ ...resume, commandId: 'r' }).kind).toBe('accepted');
    expect(types(again.price('82'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });

  it('is judged by the time that passed while it slept', () => {
    const fixture = armed({ stop: '82', timeStop: { after: 'PT1M' } });
    fixture.command(suspend);
    fixture.at = T0 + 120_000;
    expect(fixture.input({ kind: 'timer' }).facts).toStrictEqual([]);
    const before = fixture.decisions.length;
    fixture.command(resume);
    const facts = fixture.decisions.slice(before).map(({ fact }) => fact);
    expect(types(facts)).toStrictEqual(['StopResumed', 'StopTriggered', 'OrderPlaced']);
  });

  it('can be cancelled but not amended', () => {
    const fixture = armed({ stop: '82' });
    fixture.command(suspend);
    const amend = { kind: 'AmendStop', stopId: ulidOf(2), expectedRevision: 1 };
    expect(fixture.command({ ...amend, plan: { stop: '81' } })).toMatchObject({
      problems: [{ code: 'STOP_SUSPENDED' }],
    });
    expect(fixture.command({ kind: 'CancelStop', stopId: ulidOf(2) }).kind).toBe('accepted');
    expect(fixture.command(resume)).toMatchObject({ problems: [{ code: 'STOP_CLOSED' }] });
  });
});

describe('a stop with a limit', () => {
  const orderId = `${ulidOf(2)}-0101`;

  it('sends a limit order on the grid, and takes back at market what does not fill in time', () => {
    const plan = { trail: { percent: '1.007' }, limit: { offset: '0.10', unfilledAfter: 'PT2S' } };
    const fixture = armed({ ...plan, dialect: { rounding: 'none' } });
    const order = only(price(fixture, '82.4'), 'StopTriggered').order;
    // 83.29 less 1.007 % is 82.4512697, the limit 0.10 lower, and on the grid below.
    expect(order).toMatchObject({ type: 'limit', limitPrice: '82.35' });
    fixture.report({ kind: 'acked', orderId, venueOrderId: 'X', venueTimeMs: T0 });
    fixture.at = T0 + 2000;
    const { facts } = fixture.input({ kind: 'timer' });
    expect(only(facts, 'OrderCancelRequested').orderId).toBe(orderId);
    const cancelled = fixture.report({ kind: 'cancelled', orderId, reason: 'requested' });
    expect(types(cancelled)).toStrictEqual(['OrderCancelled', 'OrderPlaced']);
    expect(only(cancelled, 'OrderPlaced')).toMatchObject({
      orderId: `${ulidOf(2)}-0102`,
      ...{ type: 'market', quantity: '10', ordinal: 1, attempt: 2 },
    });
  });

  it('leaves a filled order in peace', () => {
    const plan = { stop: '82', limit: { offset: '0.10', unfilledAfter: 'PT2S' } };
    const fixture = armed(plan);
    price(fixture, '82');
    const fill = {
      ...{ venueTradeId: 'V1', quantity: '10', price: '81.95', feeAmount: '0' },
      ...{ feeCurrency: 'USDT', liquidity: 'taker', filledAtMs: T0 },
    } as never;
    const filled = fixture.report({ kind: 'fill', orderId, fill });
    expect(types(filled)).toStrictEqual(['OrderFilled', 'PositionClosed', 'StopClosed']);
    fixture.at = T0 + 60_000;
    expect(fixture.input({ kind: 'timer' }).facts).toStrictEqual([]);
  });

  it('sends the next attempt after a crash between the cancellation and it', () => {
    const fixture = armed({ stop: '82', limit: { offset: '0.10', unfilledAfter: 'PT2S' } });
    price(fixture, '82');
    fixture.at = T0 + 2000;
    fixture.input({ kind: 'timer' });
    fixture.report({ kind: 'cancelled', orderId, reason: 'requested' });
    const again = fixture.restarted(fixture.decisions.slice(0, -1));
    again.partition.beginRecovery();
    again.partition.live();
    const { facts } = again.input({ kind: 'started', build: 'b' });
    expect(types(facts)).toStrictEqual(['EngineStarted', 'OrderPlaced']);
  });
});

describe('stops that one price fires', () => {
  it('are handed over before any move of others, the largest first, equal ones as they were armed', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long', '100');
    fixture.position(2, 'short', '100');
    fixture.price('83.29');
    // The short's trail moves at the price that fires the longs.
    fixture.arm(10, 2, { trail: { amount: '1' } });
    ['3', '20', '5', '20'].forEach((quantity, at) => {
      fixture.arm(20 + at, 1, { stop: '82' }, quantity);
    });
    const facts = price(fixture, '81.9');
    expect(types(facts)).toStrictEqual([
      ...Array.from({ length: 4 }, () => ['StopTriggered', 'OrderPlaced']).flat(),
      'StopTrailed',
    ]);
    const order = facts.flatMap((fact) =>
      fact.type === 'StopTriggered' ? [fact.data.stopId] : [],
    );
    expect(order).toStrictEqual([21, 23, 22, 20].map(ulidOf));
  });
});

describe('the price that fires a stop', () => {
  it('may be half of the book, exact where that lies off the grid', () => {
    const fixture = armed({ stop: '83.005', triggerBy: 'mid', dialect: { rounding: 'none' } });
    expect(quote(fixture, 8300, 8302)).toStrictEqual([]);
    expect(only(quote(fixture, 8300, 8301), 'StopTriggered').cause?.price).toBe('83.005');
  });

  it('may be the mark, which comes on a feed of its own', () => {
    const fixture = armed({ stop: '82', triggerBy: 'mark' });
    expect(types(price(fixture, '81'))).toStrictEqual([]);
    expect(types(quote(fixture, 8100, 8100))).toStrictEqual([]);
    expect(only(quote(fixture, 8200, 8200, 'main.mark'), 'StopTriggered').cause).toMatchObject({
      ...{ source: 'mark', price: '82' },
    });
  });

  it('may have to be confirmed by the next one', () => {
    const fixture = armed({ stop: '82', confirm: 'double' });
    expect(types(price(fixture, '81'))).toStrictEqual([]);
    expect(types(price(fixture, '82.01'))).toStrictEqual([]);
    expect(types(price(fixture, '82'))).toStrictEqual([]);
    expect(types(price(fixture, '81.99'))).toStrictEqual(['StopTriggered', 'OrderPlaced']);
  });
});
