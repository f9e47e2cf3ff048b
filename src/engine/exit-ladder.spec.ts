import type { Fact } from '../domain/facts.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { RefusalKind } from '../domain/order/refusal.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import { FRUITLESS_MAX } from './exit-ladder.js';

const STOP = ulidOf(2);
const idOf = (attempt: number) => `${STOP}-01${attempt.toString(36).padStart(2, '0')}`;
const typesOf = (facts: readonly Fact[]) => facts.map(({ type }) => type);

function fired(plan: PlanRequest = { stop: '82' }): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.position(1, 'long');
  fixture.arm(2, 1, plan);
  fixture.price('83.29');
  fixture.price('81.90');
  return fixture;
}

function refused(fixture: PartitionFixture, attempt: number, reason: RefusalKind): Fact[] {
  return fixture.report({ kind: 'rejected', orderId: idOf(attempt), reason, venueText: 'no' });
}

function filled(fixture: PartitionFixture, attempt: number, quantity: string): Fact[] {
  return fixture.report({
    kind: 'fill',
    orderId: idOf(attempt),
    fill: {
      venueTradeId: `t${attempt}-${fixture.decisions.length}`,
      ...{ quantity: quantity as DecimalText, price: '81.9' as DecimalText },
      ...{ feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker', filledAtMs: T0 },
    },
  });
}

function closedByHand(fixture: PartitionFixture): void {
  fixture.input({
    kind: 'holding',
    holding: {
      ...{ accountId: 'demo', instrumentId: LTC, book: 'net', quantity: '0' as DecimalText },
      ...{ entryPrice: undefined, adopts: false, plan: undefined },
    },
  });
}

/** What the engine decides when nothing but time comes in. */
function after(fixture: PartitionFixture, ms: number): Fact[] {
  fixture.at += ms;
  return fixture.input({ kind: 'timer' }).facts;
}

/** The orders that were placed: attempt, type, quantity. */
function placed(fixture: PartitionFixture): string[] {
  return fixture.decisions.flatMap(({ fact }) =>
    fact.type === 'OrderPlaced' && fact.data.reduceOnly
      ? [`${fact.data.attempt} ${fact.data.type} ${fact.data.quantity}`]
      : [],
  );
}

describe('the ladder of an exit', () => {
  it('asks a busy venue again, ever later, and gives up in the end with the rest named', () => {
    const fixture = fired();
    for (let attempt = 1; attempt < FRUITLESS_MAX; attempt += 1) {
      expect(typesOf(refused(fixture, attempt, 'passing'))).toStrictEqual(['OrderRejected']);
      const waitMs = 250 * 2 ** (attempt - 1);
      expect(fixture.partition.wakeAtMs).toBe(fixture.at + Math.min(waitMs, 15_000));
      expect(after(fixture, Math.min(waitMs, 15_000) - 1)).toStrictEqual([]);
      expect(typesOf(after(fixture, 1))).toStrictEqual(['OrderPlaced']);
    }
    expect(refused(fixture, FRUITLESS_MAX, 'passing')).toMatchObject([
      { type: 'OrderRejected' },
      { type: 'StopClosed', data: { exitQuantity: '0', unfilledQuantity: '10' } },
    ]);
    expect(after(fixture, 3_600_000)).toStrictEqual([]);
  });

  it('follows another engine, attempt by attempt and at once, to what that one has left at the venue', () => {
    const fixture = fired({
      stop: '82',
      limit: { offset: '0.02', unfilledAfter: 'PT2S', then: 'market' },
    });
    for (let attempt = 1; attempt <= FRUITLESS_MAX + 1; attempt += 1) {
      const orderId = idOf(attempt);
      const report = {
        kind: 'denied',
        orderId,
        reason: 'superseded',
        rule: 'it is there',
      } as const;
      expect(typesOf(fixture.report(report))).toStrictEqual(['OrderDenied', 'OrderPlaced']);
    }
    expect(typesOf(filled(fixture, FRUITLESS_MAX + 2, '10'))).toContain('StopClosed');
  });

  it.each<[RefusalKind, number]>([
    ['final', 1],
    ['insufficient', 3],
    ['unclassified', 3],
  ])('repeats an order at market that was refused as %s %i times at most', (reason, times) => {
    const fixture = fired();
    let facts: Fact[] = [];
    for (let attempt = 1; attempt <= times; attempt += 1) {
      facts = refused(fixture, attempt, reason);
      after(fixture, 15_000);
    }
    expect(typesOf(facts)).toStrictEqual(['OrderRejected', 'StopClosed']);
    expect(placed(fixture)).toHaveLength(times);
  });

  it.each<RefusalKind>(['final', 'unclassified', 'price-band'])(
    'goes from a limit that was refused as %s to the market at once',
    (reason) => {
      const plan: PlanRequest = { stop: '82', limit: { offset: '0.05', unfilledAfter: 'PT2S' } };
      const fixture = fired(plan);
      expect(typesOf(refused(fixture, 1, reason))).toStrictEqual(['OrderRejected', 'OrderPlaced']);
      expect(placed(fixture)).toStrictEqual(['1 limit 10', '2 market 10']);
    },
  );

  it('sends what a market order left unfilled, at once while it gets something', () => {
    const fixture = fired();
    filled(fixture, 1, '4');
    const ended = { kind: 'expired', orderId: idOf(1), reason: 'no liquidity' } as const;
    expect(typesOf(fixture.report(ended))).toStrictEqual(['OrderExpired', 'OrderPlaced']);
    expect(typesOf(filled(fixture, 2, '6'))).toStrictEqual([
      'OrderFilled',
      'PositionClosed',
      'StopClosed',
    ]);
    expect(placed(fixture)).toStrictEqual(['1 market 10', '2 market 6']);
  });

  it('sends again what is cancelled at the venue, by whomever, and asks a human in the end', () => {
    const fixture = fired();
    const cancelled = (attempt: number) =>
      fixture.report({ kind: 'cancelled', orderId: idOf(attempt), reason: 'by hand' });
    for (let attempt = 1; attempt < FRUITLESS_MAX; attempt += 1) {
      expect(typesOf(cancelled(attempt))).toStrictEqual(['OrderCancelled']);
      expect(typesOf(after(fixture, 15_000))).toStrictEqual(['OrderPlaced']);
    }
    const [, closed] = cancelled(FRUITLESS_MAX);
    expect(closed).toMatchObject({ type: 'StopClosed', data: { unfilledQuantity: '10' } });
  });

  it('goes limit, collared, market, each with an order of its own', () => {
    const exit = { type: 'limit', collar: { ticks: 3 }, unfilledAfter: 'PT1S' } as const;
    const fixture = fired({ stop: '82', limit: { offset: '0.05', unfilledAfter: 'PT2S' }, exit });
    expect(typesOf(after(fixture, 2_000))).toStrictEqual(['OrderCancelRequested']);
    fixture.price('81.50');
    const second = fixture.report({ kind: 'cancelled', orderId: idOf(1), reason: 'asked' });
    expect(second).toMatchObject([
      { type: 'OrderCancelled' },
      {
        type: 'OrderPlaced',
        version: 3,
        data: { type: 'limit', limitPrice: '81.47', timeInForce: 'gtc', isCollared: true },
      },
    ]);
    filled(fixture, 2, '7');
    expect(typesOf(after(fixture, 1_000))).toStrictEqual(['OrderCancelRequested']);
    fixture.report({ kind: 'cancelled', orderId: idOf(2), reason: 'asked' });
    expect(placed(fixture)).toStrictEqual(['1 limit 10', '2 limit 10', '3 market 3']);
  });

  it('never sends while an order may be live', () => {
    const fixture = fired({ stop: '82', limit: { offset: '0.05', unfilledAfter: 'PT2S' } });
    fixture.report({ kind: 'unknown', orderId: idOf(1), unclear: 'no answer' });
    expect(typesOf(after(fixture, 2_000))).toStrictEqual(['OrderCancelRequested']);
    expect(after(fixture, 600_000)).toStrictEqual([]);
    expect(placed(fixture)).toStrictEqual(['1 limit 10']);
  });

  it('sends no more than is open, whatever an order left', () => {
    const fixture = fired();
    filled(fixture, 1, '4');
    refused(fixture, 1, 'passing');
    fixture.report({ kind: 'cancelled', orderId: idOf(1), reason: 'by hand' });
    expect(placed(fixture)).toStrictEqual(['1 market 10', '2 market 6']);
    // A fill of the first that is told after its end: the second is too large by it, and what it leaves is not.
    filled(fixture, 1, '2');
    fixture.report({ kind: 'expired', orderId: idOf(2), reason: 'reduce-only' });
    after(fixture, 250);
    expect(placed(fixture).at(-1)).toBe('3 market 4');
  });

  it('lets nothing else guard or close what it will send again', () => {
    const fixture = fired();
    refused(fixture, 1, 'passing');
    expect(fixture.arm(3, 1, { stop: '80' })).toMatchObject({ kind: 'rejected' });
    const close = fixture.command({ kind: 'ClosePosition', positionId: ulidOf(1) });
    expect(close).toMatchObject({ kind: 'rejected', problems: [{ code: 'POSITION_LEAVING' }] });
  });

  it.each([
    ['restarted between two attempts', 0],
    ['restarted long after the next was due', 600_000],
  ])('goes on when it is %s', (_, downMs) => {
    const fixture = fired();
    refused(fixture, 1, 'passing');
    const again = fixture.restarted();
    again.at += downMs;
    again.partition.beginRecovery();
    again.partition.live();
    const first = typesOf(again.input({ kind: 'started', build: 'b' }).facts);
    const later = typesOf(after(again, 250));
    expect([...first, ...later]).toStrictEqual(['EngineStarted', 'OrderPlaced']);
    expect(typesOf(refused(again, 2, 'final'))).toStrictEqual(['OrderRejected', 'StopClosed']);
  });
});

describe('an exit that cannot leave now', () => {
  it('is held with an event instead of being sent again, and goes on when the market trades', () => {
    const fixture = fired();
    expect(refused(fixture, 1, 'halted')).toMatchObject([
      { type: 'OrderRejected' },
      {
        type: 'StopExitHeld',
        data: { ordinal: 1, attempt: 2, reason: 'halted', quantity: '10' },
      },
    ]);
    fixture.at += 999;
    expect(fixture.price('81.80')).toStrictEqual([]);
    fixture.at += 1;
    expect(fixture.price('81.80')).toMatchObject([
      { type: 'StopExitReleased', data: { attempt: 2, reason: 'market-trades' } },
      { type: 'OrderPlaced', data: { attempt: 2, type: 'market', quantity: '10' } },
    ]);
    filled(fixture, 2, '10');
    expect(fixture.partition.registry.stops.get(STOP)?.status).toBe('closed');
  });

  it('is tried ever more seldom while the halt lasts, however long, and never given up', () => {
    const fixture = fired();
    const gaps: number[] = [];
    for (let attempt = 1; attempt <= 40; attempt += 1) {
      refused(fixture, attempt, 'halted');
      const due = fixture.partition.wakeAtMs;
      gaps.push(due - fixture.at);
      expect(typesOf(after(fixture, due - fixture.at))).toStrictEqual([
        'StopExitReleased',
        'OrderPlaced',
      ]);
    }
    expect(gaps.slice(0, 7)).toStrictEqual([
      15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000,
    ]);
    expect(Math.max(...gaps)).toBe(300_000);
  });

  it('outside of the price band is tried soon, whatever prints say, and through a whole day of it', () => {
    const fixture = fired();
    refused(fixture, 1, 'price-band');
    fixture.at += 999;
    expect(fixture.price('81.80')).toStrictEqual([]);
    const gaps: number[] = [];
    for (let attempt = 2; attempt <= 60; attempt += 1) {
      const due = fixture.partition.wakeAtMs;
      gaps.push(due - fixture.at);
      expect(typesOf(after(fixture, due - fixture.at))).toStrictEqual([
        'StopExitReleased',
        'OrderPlaced',
      ]);
      refused(fixture, attempt, 'price-band');
    }
    expect(gaps.slice(0, 6)).toStrictEqual([1, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(gaps.slice(39, 42)).toStrictEqual([15_000, 60_000, 60_000]);
    expect(gaps.slice(4).every((gap) => gap === 15_000 || gap === 60_000)).toBe(true);
  });

  it('is held on over a restart, and over a snapshot', () => {
    const fixture = fired();
    refused(fixture, 1, 'halted');
    const again = fixture.restarted();
    again.partition.beginRecovery();
    again.partition.live();
    expect(typesOf(again.input({ kind: 'started', build: 'b' }).facts)).toStrictEqual([
      'EngineStarted',
    ]);
    const continued = fixture.continued();
    for (const engine of [again, continued]) {
      expect(engine.partition.wakeAtMs).toBe(T0 + 15_000);
      engine.at += 1_000;
      expect(typesOf(engine.price('81.80'))).toStrictEqual(['StopExitReleased', 'OrderPlaced']);
    }
  });

  it("waits while somebody else's order rests for what is open", () => {
    const fixture = fired();
    const denied = { kind: 'denied', orderId: idOf(1), reason: 'locked-by-others' } as const;
    expect(typesOf(fixture.report({ ...denied, rule: 'an order is in the way' }))).toStrictEqual([
      'OrderDenied',
      'StopExitHeld',
    ]);
    expect(typesOf(after(fixture, 15_000))).toStrictEqual(['StopExitReleased', 'OrderPlaced']);
  });

  it('waits for the opening that the calendar of its instrument names', () => {
    const fixture = fired();
    // 21 June 2025 is a Saturday.
    const tradingHours = { opens: '09:15+05:30', closes: '15:30+05:30', days: [1], holidays: [] };
    fixture.command({
      ...{ kind: 'DefineInstrument', instrumentId: LTC, symbol: 'LTCUSDT', priceTick: '0.01' },
      ...{ quantityStep: '0.001', quoteCurrency: 'USDT', feeds: ['main'], tradingHours },
    });
    const orderId = idOf(1);
    fixture.report({ kind: 'denied', orderId, reason: 'market-closed', rule: 'must trade' });
    const opensAt = Date.parse('2025-06-23T03:45:00Z');
    expect(fixture.partition.wakeAtMs).toBe(opensAt);
    expect(after(fixture, opensAt - fixture.at - 1)).toStrictEqual([]);
    expect(after(fixture, 1)).toMatchObject([
      { type: 'StopExitReleased', data: { reason: 'time' } },
      { type: 'OrderPlaced', data: { attempt: 2 } },
    ]);
  });

  it('is let go when the position was closed meanwhile by hand', () => {
    const fixture = fired();
    refused(fixture, 1, 'halted');
    closedByHand(fixture);
    expect(typesOf(after(fixture, 15_000))).toStrictEqual(['StopExitReleased', 'StopClosed']);
    expect(placed(fixture)).toStrictEqual(['1 market 10']);
  });

  it('says nothing more of its stop once another exit has closed that', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.arm(2, 1, { stop: '82', targets: [{ price: '83.90', portion: '0.5' }] });
    for (const price of ['83.29', '83.90', '81.90']) fixture.price(price);
    refused(fixture, 1, 'halted');
    const orderId = `${STOP}-0201`;
    fixture.report({ kind: 'rejected', orderId, reason: 'halted', venueText: 'no' });
    closedByHand(fixture);
    fixture.at += 15_000;
    expect(typesOf(fixture.price('81.80'))).toStrictEqual(['StopExitReleased', 'StopClosed']);
    expect(fixture.partition.wakeAtMs).toBe(Infinity);
  });
});
