import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  fillDisputed,
  orderAcked,
  orderFilled,
  orderRejected,
  orderUnknown,
  stopArmed,
  stopClosed,
} from '../../../test/support/event-builders.js';
import { d } from '../../../test/support/event-builders.js';
import { PartitionFixture, ulidOf } from '../../../test/support/partition-fixture.js';
import type { Fact } from '../../domain/facts.js';
import type { KnownOrder } from '../../domain/order/order-state.js';
import type { RefusalKind } from '../../domain/order/refusal.js';
import { CUT_DOWN } from '../settling-broker.js';
import { AlarmDesk } from './alarm-desk.js';
import { alarmOf } from './fact-alarms.js';
import type { KnownAfter } from './fact-alarms.js';
import { knownAfter } from './known-after.js';

const NOTHING_KNOWN: KnownAfter = {
  orders: { get: () => undefined },
  goesOn: () => false,
  isLeaving: () => false,
  isFlat: () => false,
  oversold: () => undefined,
};

/** What the facts lead to, in order; at the end what is still active. */
function told(facts: readonly Fact[], order?: Partial<KnownOrder>): readonly string[] {
  const orders = { get: () => order as KnownOrder | undefined };
  return toldWith(facts, { ...NOTHING_KNOWN, orders });
}

function toldWith(facts: readonly Fact[], known: KnownAfter): readonly string[] {
  const lines: string[] = [];
  const desk = new AlarmDesk({
    part: 'engine',
    clock: () => 0,
    onChange: ({ change, alarm }) => void lines.push(`${change} ${alarm.code}`),
  });
  for (const fact of facts) alarmOf(desk, fact, known);
  return [...lines, ...desk.kept.active.map(({ code }) => `active ${code}`)];
}

function sample(type: Fact['type'], version = 1): Fact {
  const path = join(__dirname, '../../../test/fixtures/events', `${type}.v${version}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Fact;
}

/** Of an order that rests at the venue behind a stop. */
function insured(type: 'OrderRejected' | 'OrderAcked' | 'OrderFilled'): Fact {
  const { data } = sample(type);
  return { ...sample(type), data: { ...data, stopId: 'S1', orderId: 'S1-zz01' } } as Fact;
}

function engineLagged(isLagging: boolean): Fact {
  const lagged = sample('EngineLagged');
  return { ...lagged, data: { ...lagged.data, isLagging } } as Fact;
}

describe('a durable fact', () => {
  it.each([
    ['sell', '85', 'INSURANCE_TARGET_HIT'],
    ['sell', '85.01', 'INSURANCE_TARGET_HIT'],
    ['sell', '84.99', 'INSURANCE_FIRED'],
    ['buy', '85', 'INSURANCE_TARGET_HIT'],
    ['buy', '85.01', 'INSURANCE_FIRED'],
  ] as const)('a target of 85 at the venue that %s at %s: %s', (side, price, code) => {
    const { data } = insured('OrderFilled');
    const fact = { ...insured('OrderFilled'), data: { ...data, price } } as Fact;
    expect(told([fact], { side, targetPrice: d('85') })).toStrictEqual([`raised ${code}`]);
  });

  it.each<[string, readonly Fact[], readonly string[]]>([
    [
      'a position that is less at the venue',
      [sample('PositionReconciled')],
      ['raised POSITION_RECONCILED'],
    ],
    ['an unclear order lasts', [orderUnknown()], ['raised ORDER_UNCLEAR', 'active ORDER_UNCLEAR']],
    [
      'until the venue has it',
      [orderUnknown(), orderAcked()],
      ['raised ORDER_UNCLEAR', 'cleared ORDER_UNCLEAR'],
    ],
    [
      'or filled it',
      [orderUnknown(), orderFilled()],
      ['raised ORDER_UNCLEAR', 'cleared ORDER_UNCLEAR'],
    ],
    [
      'or refused it, which is worse',
      [orderUnknown(), orderRejected()],
      ['raised ORDER_UNCLEAR', 'cleared ORDER_UNCLEAR', 'raised ORDER_REFUSED'],
    ],
    [
      'an entry that is refused opens nothing, and is less',
      [{ ...sample('OrderDenied'), data: { ...sample('OrderDenied').data, stopId: null } } as Fact],
      ['raised ENTRY_REFUSED'],
    ],
    [
      'an exit that we ourselves keep back is as bad as one that is refused',
      [{ ...sample('OrderDenied'), data: { ...sample('OrderDenied').data, stopId: 'S1' } } as Fact],
      ['raised ORDER_REFUSED'],
    ],
    [
      'a halted account lasts until it is resumed',
      [sample('TradingHalted'), sample('TradingResumed')],
      ['raised TRADING_HALTED', 'cleared TRADING_HALTED'],
    ],
    [
      'a pulled switch halts as well',
      [sample('KillSwitchPulled')],
      ['raised KILL_SWITCH_PULLED', 'raised TRADING_HALTED', 'active TRADING_HALTED'],
    ],
    [
      'a log that lags lasts until it has caught up',
      [engineLagged(true), engineLagged(false)],
      ['raised ENGINE_LAGGED', 'cleared ENGINE_LAGGED'],
    ],
    ['a fill that does not fit', [fillDisputed()], ['raised FILL_DISPUTED']],
    ['an exit that filled whole is none', [stopClosed({ unfilledQuantity: d('0') })], []],
    ['an exit with a rest', [stopClosed({ unfilledQuantity: d('0.5') })], ['raised EXIT_UNFILLED']],
    [
      'an exit that is held lasts until it goes on',
      [sample('StopExitHeld'), sample('StopExitReleased')],
      ['raised EXIT_HELD', 'cleared EXIT_HELD'],
    ],
    [
      'a stop that does not rest at the venue is no refused exit',
      [insured('OrderRejected'), insured('OrderAcked')],
      ['raised INSURANCE_ABSENT', 'cleared INSURANCE_ABSENT'],
    ],
    ['a stop at the venue that has traded', [insured('OrderFilled')], ['raised INSURANCE_FIRED']],
    [
      'a sleeping stop lasts until it wakes',
      [sample('StopSuspended'), sample('StopResumed')],
      ['raised STOP_SUSPENDED', 'cleared STOP_SUSPENDED'],
    ],
    [
      'or is cancelled',
      [
        sample('StopSuspended'),
        { ...sample('StopCancelled'), data: sample('StopSuspended').data } as Fact,
      ],
      ['raised STOP_SUSPENDED', 'cleared STOP_SUSPENDED'],
    ],
    ['a silent feed lasts', [sample('FeedStale')], ['raised FEED_SILENT', 'active FEED_SILENT']],
    [
      'one kind of price by itself',
      [sample('FeedStale'), sample('FeedStale', 2), sample('FeedRecovered', 2)],
      ['raised FEED_SILENT', 'raised FEED_SILENT', 'cleared FEED_SILENT', 'active FEED_SILENT'],
    ],
    [
      'until the connection ends: then it is a lost feed, and its next price says nothing of silence',
      [sample('FeedStale'), sample('FeedStale', 2), sample('FeedLost')],
      ['raised FEED_SILENT', 'raised FEED_SILENT', 'cleared FEED_SILENT', 'cleared FEED_SILENT'],
    ],
    ['the daily bread is none', [stopArmed(), orderAcked(), orderFilled()], []],
  ])('%s', (_, facts, lines) => {
    expect(told(facts)).toStrictEqual(lines);
  });

  const EXIT = { stopId: 'S1', isCancelRequested: false };

  it.each<[string, Partial<KnownOrder>, string, readonly string[]]>([
    ['an exit that nobody here wanted back', EXIT, 'cancelled: web', ['raised EXIT_CANCELLED']],
    ['one that we wanted back', { ...EXIT, isCancelRequested: true }, 'cancelled: web', []],
    ['one that was cut down', EXIT, `cancelled: ${CUT_DOWN} of 4: the rest was not open`, []],
    [
      'a stop that rested there',
      { ...EXIT, insures: true, fills: [] },
      'cancelled: web',
      ['raised INSURANCE_ABSENT', 'active INSURANCE_ABSENT'],
    ],
    ['an entry', { ...EXIT, stopId: null }, 'cancelled: web', []],
  ])('%s, ended at the venue with a rest', (_, order, reason, lines) => {
    const cancelled = sample('OrderCancelled');
    const fact = { ...cancelled, data: { ...cancelled.data, reason } } as Fact;
    expect(told([fact], order)).toStrictEqual(lines);
  });

  it('that ends an unclear order at the venue makes it clear', () => {
    const { orderId } = sample('OrderCancelled').data as { orderId: string };
    const unclear = { ...orderUnknown(), data: { ...orderUnknown().data, orderId } } as Fact;
    expect(told([unclear, sample('OrderCancelled')])).toStrictEqual([
      'raised ORDER_UNCLEAR',
      'cleared ORDER_UNCLEAR',
    ]);
  });
});

describe('an exit that the venue refuses', () => {
  it.each<[string, readonly RefusalKind[], readonly string[]]>([
    [
      'is held: not told as refused for good',
      ['price-band'],
      ['raised EXIT_HELD', 'active EXIT_HELD'],
    ],
    ['is sent again: not told as refused for good', ['passing'], []],
    ['never leaves: told', ['final'], ['raised ORDER_REFUSED', 'raised EXIT_UNFILLED']],
    [
      'went on, and is refused for good then',
      ['halted', 'final'],
      ['raised EXIT_HELD', 'cleared EXIT_HELD', 'raised ORDER_REFUSED', 'raised EXIT_UNFILLED'],
    ],
  ])('%s', (_, reasons, lines) => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.arm(2, 1, { stop: '82' });
    fixture.price('83.29');
    fixture.price('81.90');
    for (const [index, reason] of reasons.entries()) {
      const orderId = `${ulidOf(2)}-010${index + 1}`;
      fixture.report({ kind: 'rejected', orderId, reason, venueText: 'no' });
      if (index + 1 === reasons.length) break;
      fixture.at += 15_000;
      fixture.input({ kind: 'timer' });
    }
    const facts = fixture.decisions.map(({ fact }) => fact);
    const { registry } = fixture.partition;
    const known = knownAfter(registry);
    expect(toldWith(facts, known).filter((line) => /EXIT|REFUSED/.test(line))).toStrictEqual(lines);
  });
});
