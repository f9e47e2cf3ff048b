import { ZERO, decimal, multiply } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { OrderId } from '../domain/kernel/units.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import type { BrokerReport } from '../engine/inputs.js';
import { AbsentOrders } from './absent-orders.js';
import type { CircuitState } from './circuit-breaker.js';
import type { LaterAttempt } from './later-attempts.js';
import { OrderLane } from './order-lane.js';
import type { LaneHealth, Turn } from './order-lane.js';
import { ticketOf } from './order-ticket.js';
import type { Broker, LookUpOutcome, OrderTicket } from './ports/broker.port.js';

export interface ExecutionOptions {
  readonly brokerOf: (accountId: string) => Broker | undefined;
  readonly report: (report: BrokerReport) => void;
  readonly pause: (ms: number) => Promise<void>;
  /** Monotonic ms. */
  readonly clock: () => number;
  /** Resolves when an order may leave: an engine that is no longer sure to own its stops sends nothing. */
  readonly permission: () => Promise<void>;
  /** Until when another engine may have sent this very order without the log knowing; undefined when none can have. */
  readonly othersSentUntil: (orderId: OrderId) => number | undefined;
  /** A later attempt of the exit that such an engine has sent. */
  readonly laterAttempt: (ticket: OrderTicket) => Promise<LaterAttempt>;
  /** What one unit of the instrument is worth now, in its quote currency; undefined before any price. */
  readonly priceOf: (instrumentId: string) => string | undefined;
  /** When the instrument trades next, while it does not; undefined while it does, and where nobody has said. */
  readonly closedUntil: (instrumentId: string) => number | undefined;
  /** The order that rests at the venue behind the stop of an exit; undefined when none does. */
  readonly insuranceFor: (
    orderId: OrderId,
  ) => Pick<KnownOrder, 'orderId' | 'targetPrice' | 'status'> | undefined;
  /**
   * Whether the account holds more than the position of an exit, or may: what leaves twice is then taken from something
   * else. Asked only where something rests for its stop.
   */
  readonly holdsMore: (orderId: OrderId) => boolean;
  /** An exit waits for the venue's word on what rests for its stop, or waits no more. */
  readonly onAwaiting: (exit: OrderTicket, restingId: OrderId, isOver: boolean) => void;
  readonly onCircuit: (accountId: string, state: CircuitState, forMs: number) => void;
}

const LOOK_UP_PAUSE_MS_MIN = 100;
const LOOK_UP_PAUSE_MS_MAX = 5_000;
/** How long an exit waits for what is locked where the venue itself keeps it from leaving twice; then it asks. */
const UNLOCK_MS_MAX = 1_500;
// An order that was decided leaves within seconds, or is looked up by the next run: so many cannot be on their way.
const REMEMBERED_MAX = 1_000;

/** So long a stop that rested at the venue has to be absent there at every look. */
const MISSED_MS_MIN = 30_000;

const GONE = 'the venue has it no more';
const NEVER_ARRIVED = 'it was taken back before it had reached the venue';

/** How the calls of an account go to its venue. */
interface Way {
  readonly broker: Broker;
  readonly lane: OrderLane;
}

/** An order on its way through the lane of its account. */
interface Errand extends Way {
  readonly ticket: OrderTicket;
  readonly value: Decimal;
}

/**
 * Sends orders whose decision is durable and finds out what became of them.
 *
 * An order whose outcome is unclear is looked up by its client order id until the venue gives a clear answer. An exit is
 * sent again only after the venue has said "absent" once its receive window has run out: unknown is never No.
 * Every call waits for its turn in the lane of the account.
 */
export class Execution {
  private isClosed = false;
  private readonly lanes = new Map<string, OrderLane>();
  private readonly underWay = new Set<OrderId>();
  /** Orders that are being taken back: they are not sent again. */
  private readonly wantedBack = new Map<OrderId, Promise<void>>();
  /** Orders that were to be taken back, the newest last: a decision to do so that is not durable yet is none. */
  private readonly askedBack = new Set<OrderId>();
  /** Stops at the venue that an exit has taken back, the newest last. One that was not sent by then is not sent. */
  private readonly unlocked = new Set<OrderId>();

  private readonly absent: AbsentOrders;

  constructor(private readonly options: ExecutionOptions) {
    this.absent = new AbsentOrders(options.clock);
  }

  /** Health of every account's way to its venue. */
  get health(): Readonly<Record<string, LaneHealth>> {
    return Object.fromEntries([...this.lanes].map(([id, lane]) => [id, lane.health]));
  }

  /** Whether an order is being taken back, or was to make room for an exit. */
  isTakenBack(orderId: OrderId): boolean {
    return this.wantedBack.has(orderId) || this.unlocked.has(orderId);
  }

  /**
   * Sends an order for the first time. The caller guarantees that its decision is durable. One that was taken up before
   * its decision was known to be durable is on its way already.
   */
  async send(ticket: OrderTicket): Promise<void> {
    if (this.underWay.has(ticket.orderId)) return;
    const errand = this.errandOf(ticket);
    if (!errand) return;
    const until = this.options.othersSentUntil(ticket.orderId);
    if (until === undefined) return this.track(errand, () => this.submit(errand));
    const windowMs = until + errand.broker.receiveWindowMs - this.options.clock();
    await this.track(errand, () => this.resolve(errand, windowMs));
  }

  /**
   * Takes back an order, and asks again until the venue's answer is clear. It is as urgent as an exit. An order whose
   * sending is not clear yet may still arrive after the venue has said that there is nothing to take back.
   */
  async cancel(order: Pick<OrderTicket, 'orderId' | 'accountId'>): Promise<void> {
    const broker = this.options.brokerOf(order.accountId);
    if (!broker) return;
    const { orderId } = order;
    remember(this.askedBack, orderId);
    const under = this.wantedBack.get(orderId) ?? this.takeBack(order, broker);
    this.wantedBack.set(orderId, under);
    await under;
    this.wantedBack.delete(orderId);
  }

  private async takeBack(
    { orderId, accountId }: Pick<OrderTicket, 'orderId' | 'accountId'>,
    broker: Broker,
  ): Promise<void> {
    const lane = this.laneOf(accountId, broker);
    let pauseMs = LOOK_UP_PAUSE_MS_MIN;
    while (!this.hasEnded()) {
      const turn = await lane.turn({ isExit: true, value: ZERO });
      await this.options.permission();
      // What was on its way when the venue was asked may have come behind the question.
      const mayFollow = this.underWay.has(orderId);
      const outcome = await broker.cancel(orderId);
      if (turn) endTurn(turn, outcome);
      if (this.hasEnded()) return;
      if (outcome.kind === 'ended' && !mayFollow && !this.underWay.has(orderId)) return;
      if (outcome.kind === 'cancelled') {
        this.options.report({ kind: 'cancelled', orderId, reason: outcome.reason });
        return;
      }
      await this.options.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LOOK_UP_PAUSE_MS_MAX);
    }
  }

  /**
   * Takes up an order that an earlier run left unsettled: looked up first, sent only if the venue never had it. One that is
   * being sent is not: until the venue has it a look-up would find it absent, and it would be sent a second time.
   */
  async resume(order: KnownOrder): Promise<void> {
    const isUnderWay = this.underWay.has(order.orderId);
    const errand = isUnderWay ? undefined : this.errandOf(ticketOf(order));
    const resolved = errand && this.track(errand, () => this.resolve(errand));
    if (order.isCancelRequested) await this.cancel(ticketOf(order));
    await resolved;
  }

  /**
   * Asks the venue once more about an order that is not settled: a fill whose report was lost is found here. Orders that
   * are being sent or looked up already are left alone.
   */
  async check(order: KnownOrder): Promise<void> {
    if (this.underWay.has(order.orderId)) return;
    const errand = this.errandOf(ticketOf(order));
    if (!errand) return;
    const found = await this.lookUp(errand);
    if (this.hasEnded()) return;
    if (found.kind === 'absent') this.missed(order);
    if (found.kind !== 'found') return;
    this.reportFound(order.orderId, found);
    // What the venue had not got when it was to be taken back may be there now.
    if (this.askedBack.has(order.orderId)) await this.cancel(errand.ticket);
  }

  /**
   * Absence of an exit that the venue had acknowledged says nothing that could be acted upon. A stop that only rests there
   * guards nothing once it is gone: after so long somebody must hear of it, and another one be placed.
   */
  private missed({ orderId, insures, status }: KnownOrder): void {
    if (!insures || status !== 'acked') return;
    if (this.absent.absentForMs(orderId) >= MISSED_MS_MIN) this.tellGone(orderId);
  }

  private tellGone(orderId: OrderId): void {
    this.absent.found(orderId);
    this.options.report({ kind: 'cancelled', orderId, reason: GONE });
  }

  close(): void {
    this.isClosed = true;
    for (const lane of this.lanes.values()) lane.close();
  }

  private async track({ ticket }: Errand, work: () => Promise<void>): Promise<void> {
    this.underWay.add(ticket.orderId);
    await work();
    this.underWay.delete(ticket.orderId);
  }

  private async submit(errand: Errand): Promise<void> {
    const { ticket, broker, lane, value } = errand;
    const { orderId } = ticket;
    const isUrgent = ticket.reduceOnly && !ticket.insures;
    const opensAtMs = isUrgent ? this.options.closedUntil(ticket.instrumentId) : undefined;
    if (opensAtMs !== undefined) {
      const rule = `${ticket.instrumentId} must trade, which it does from ${new Date(opensAtMs).toISOString()} on`;
      this.options.report({ kind: 'denied', orderId, reason: 'market-closed', rule });
      return;
    }
    if (isUrgent) await this.unlock(errand);
    if (this.unlocked.delete(orderId)) {
      this.options.report({ kind: 'cancelled', orderId, reason: NEVER_ARRIVED });
      return;
    }
    // A stop and its target are two orders to the venue.
    const permits = ticket.targetPrice === undefined ? 1 : 2;
    const turn = await lane.turn({ isExit: isUrgent, leaves: isUrgent, value, permits });
    await this.options.permission();
    if (this.hasEnded()) return;
    if (!turn) {
      const rule = 'no more than so many entries of an account may wait';
      this.options.report({ kind: 'denied', orderId, reason: 'queue-full', rule });
      return;
    }
    const outcome = await broker.submit(ticket);
    endTurn(turn, outcome);
    if (this.hasEnded()) return;
    switch (outcome.kind) {
      case 'acknowledged': {
        const { venueOrderId, venueTimeMs } = outcome;
        this.options.report({ kind: 'acked', orderId, venueOrderId, venueTimeMs });
        return;
      }
      case 'refused': {
        const { refusal: reason, venueText } = outcome;
        this.options.report({ kind: 'rejected', orderId, reason, venueText });
        return;
      }
      case 'denied': {
        const { reason, rule } = outcome;
        this.options.report({ kind: 'denied', orderId, reason, rule });
        return;
      }
      case 'unknown':
        this.options.report({ kind: 'unknown', orderId, unclear: outcome.cause });
        await this.resolve(errand);
    }
  }

  /**
   * What rests at the venue for this exit's stop is taken back first where it locks what is to leave, or where both could
   * leave: then the exit waits until the venue has said what became of it, however long that takes. What is not told to be
   * gone may still sell, and guards meanwhile.
   */
  private async unlock({ ticket, ...way }: Errand): Promise<void> {
    const { orderId: exitId, accountId } = ticket;
    const resting = this.options.insuranceFor(exitId);
    if (resting === undefined) return;
    const holdsMore = this.options.holdsMore(exitId);
    if (!way.broker.locksHoldings && !holdsMore) return;
    const { orderId, targetPrice } = resting;
    remember(this.unlocked, orderId);
    const gone = this.cancel({ orderId, accountId }).then(() =>
      this.tellFills(exitId, orderId, way),
    );
    const settled = this.settled(exitId, orderId, gone);
    const isSettled = await Promise.race([
      settled.then(() => true),
      this.options.pause(UNLOCK_MS_MAX).then(() => false),
    ]);
    // A target trades just when the exit is decided: what it has sold nobody knows before the venue has said so.
    const mayLeaveTwice = holdsMore || way.broker.opensBeyond || targetPrice !== undefined;
    if (isSettled || !mayLeaveTwice) return;
    this.options.onAwaiting(ticket, orderId, false);
    await settled;
    this.options.onAwaiting(ticket, orderId, true);
  }

  /** Until it is gone, or the log has its end by a report, and every fill with it, while the venue is still asked. */
  private async settled(exitId: OrderId, restingId: OrderId, gone: Promise<void>): Promise<void> {
    let isGone = false as boolean;
    const over = gone.then(() => void (isGone = true));
    while (!isGone && !this.hasEnded() && this.rests(exitId, restingId)) {
      await Promise.race([over, this.options.pause(LOOK_UP_PAUSE_MS_MIN)]);
    }
  }

  private rests(exitId: OrderId, restingId: OrderId): boolean {
    return this.options.insuranceFor(exitId)?.orderId === restingId;
  }

  /**
   * What could not be taken back has filled, most likely: the exit has to know all of it before it leaves, and a venue may
   * show the end of an order before it shows its trades.
   */
  private async tellFills(exitId: OrderId, resting: OrderId, way: Way): Promise<void> {
    while (!this.hasEnded() && this.rests(exitId, resting)) {
      const found = await this.askFor(resting, way, ZERO);
      if (this.hasEnded()) return;
      if (found.kind === 'absent' && this.isGone(exitId, way)) return;
      if (found.kind === 'found') this.reportFound(resting, found);
      await this.options.pause(LOOK_UP_PAUSE_MS_MIN);
    }
  }

  /** The venue says that it has no such order, which is so at once of one that it never had. */
  private isGone(exitId: OrderId, { broker }: Way): boolean {
    const resting = this.options.insuranceFor(exitId);
    if (resting?.status !== 'acked') return true;
    if (this.absent.absentForMs(resting.orderId) < broker.receiveWindowMs) return false;
    this.tellGone(resting.orderId);
    return true;
  }

  /** `windowMs`: for how long "absent" says nothing yet. */
  private async resolve(errand: Errand, windowMs = errand.broker.receiveWindowMs): Promise<void> {
    const { ticket } = errand;
    let pauseMs = LOOK_UP_PAUSE_MS_MIN;
    let windowHasPassed = windowMs <= 0;
    while (!this.hasEnded()) {
      const found = await this.lookUp(errand);
      if (this.hasEnded()) return;
      if (found.kind === 'found') {
        this.reportFound(ticket.orderId, found);
        return;
      }
      if (found.kind === 'absent' && !windowHasPassed) {
        await this.options.pause(windowMs);
        windowHasPassed = true;
        continue;
      }
      if (found.kind === 'absent' && (await this.goneOnWithout(errand))) return;
      await this.options.pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LOOK_UP_PAUSE_MS_MAX);
    }
  }

  /** The venue does not have it. False: whether it has a later attempt could not be read. */
  private async goneOnWithout(errand: Errand): Promise<boolean> {
    const { ticket } = errand;
    const { orderId } = ticket;
    const isDoubted = ticket.reduceOnly && this.options.othersSentUntil(orderId) !== undefined;
    const later = isDoubted ? await this.options.laterAttempt(ticket) : undefined;
    if (this.hasEnded()) return true;
    switch (later?.kind) {
      case 'unknown':
        return false;
      case 'found': {
        // It was refused to the other engine: the ladder goes on as that one's did, to the attempt that is there.
        const rule = `no later attempt of the exit may be at the venue, which has ${later.orderId}`;
        this.options.report({ kind: 'denied', orderId, reason: 'superseded', rule });
        return true;
      }
      case 'fired': {
        const rule = `what it would guard may not have left, and the venue has ${later.orderId} of the former owner`;
        this.options.report({ kind: 'denied', orderId, reason: 'nothing-to-reduce', rule });
        return true;
      }
      default:
        await this.again(errand);
        return true;
    }
  }

  /** The venue never had it. An exit is sent again; the market that an entry was meant for has moved on. */
  private async again(errand: Errand): Promise<void> {
    const { orderId, reduceOnly } = errand.ticket;
    if (this.wantedBack.has(orderId)) {
      this.options.report({ kind: 'cancelled', orderId, reason: NEVER_ARRIVED });
      return;
    }
    if (reduceOnly) return this.submit(errand);
    const rule = 'an entry that did not reach the venue is not sent again';
    this.options.report({ kind: 'denied', orderId, reason: 'not-sent', rule });
  }

  private reportFound(orderId: OrderId, found: LookUpOutcome & { readonly kind: 'found' }): void {
    const { venueOrderId, venueTimeMs } = found;
    this.absent.found(orderId);
    this.options.report({ kind: 'acked', orderId, venueOrderId, venueTimeMs });
    for (const fill of found.fills) this.options.report({ kind: 'fill', orderId, fill });
  }

  /** What became of an order is as urgent as an exit, whatever the order was. */
  private lookUp({ ticket, value, ...way }: Errand): Promise<LookUpOutcome> {
    return this.askFor(ticket.orderId, way, value);
  }

  private async askFor(
    orderId: OrderId,
    { broker, lane }: Way,
    value: Decimal,
  ): Promise<LookUpOutcome> {
    const turn = await lane.turn({ isExit: true, value });
    const found = await broker.lookUpByClientOrderId(orderId);
    if (turn) endTurn(turn, found);
    return found;
  }

  private errandOf(ticket: OrderTicket): Errand | undefined {
    const broker = this.options.brokerOf(ticket.accountId);
    if (!broker) {
      this.options.report({
        kind: 'denied',
        orderId: ticket.orderId,
        reason: 'no-broker',
        rule: `a broker must be configured for account ${ticket.accountId}`,
      });
      return undefined;
    }
    const price = this.options.priceOf(ticket.instrumentId) ?? '0';
    const value = multiply(decimal(ticket.quantity), decimal(price));
    return { ticket, broker, value, lane: this.laneOf(ticket.accountId, broker) };
  }

  private laneOf(accountId: string, broker: Broker): OrderLane {
    const known = this.lanes.get(accountId);
    if (known) return known;
    const { clock, pause, onCircuit } = this.options;
    const lane = new OrderLane({
      limits: broker.rateLimits ?? [],
      clock,
      pause,
      onCircuit: (state, forMs) => onCircuit(accountId, state, forMs),
    });
    this.lanes.set(accountId, lane);
    return lane;
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }
}

function remember(ids: Set<OrderId>, id: OrderId): void {
  ids.add(id);
  const [oldest] = ids;
  if (oldest !== undefined && ids.size > REMEMBERED_MAX) ids.delete(oldest);
}

function endTurn(
  turn: Turn,
  outcome: { readonly kind: string; readonly retryAfterMs?: number | undefined },
): void {
  if (outcome.kind === 'unknown') turn.unclear(outcome.retryAfterMs);
  else turn.clear();
}
