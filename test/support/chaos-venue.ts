import type {
  CancelOutcome,
  FillReport,
  FillsOutcome,
  OpenOrdersOutcome,
  OrderEndReport,
  OrderTicket,
  SubmitOutcome,
  Unknown,
  VenueFill,
  VenueLookUp,
  VenueOrder,
} from '../../src/application/ports/broker.port.js';
import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isZero,
  negate,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { RefusalKind } from '../../src/domain/order/refusal.js';
import { PaperVenue } from '../../src/simulation/paper-venue.js';
import { filledOf, remainingOf } from '../../src/simulation/paper-order.js';
import type { PaperFill, PaperOrder } from '../../src/simulation/paper-order.js';
import type { ChaosClock } from './chaos-clock.js';
import { PairedBook } from './paired-book.js';
import { LTC } from './partition-fixture.js';
import type { Seeded } from './seeded.js';

export const RECEIVE_WINDOW_MS = 1_000;
const TIMEOUT_MS = 200;
const GRID = { priceTick: '0.01', quantityStep: '0.001' } as {
  readonly priceTick: DecimalText;
  readonly quantityStep: DecimalText;
};
const REFUSALS: readonly RefusalKind[] = [
  'passing',
  'price-band',
  'insufficient',
  'final',
  'unclassified',
];
/** Whoever is told that nothing trades must not come again within this. */
const HELD_MS_MIN = 1_000;

/**
 * A venue with a book of its own that loses, delays and repeats what it says, takes orders late, refuses them, fills them in
 * pieces, ends them by itself, and takes nothing at all for a while. What the account holds caps its reduce-only orders.
 */
export class ChaosVenue {
  readonly book: PairedBook;
  /** What an exit must never do and did. */
  readonly violations: string[] = [];
  /** Spans in which nothing trades. */
  halts: readonly { readonly from: number; readonly to: number }[] = [];
  /** When it takes orders, and says nothing of those that it has. */
  mute: { readonly from: number; readonly to: number } = { from: 0, to: 0 };
  readonly accepted: string[] = [];
  readonly repeated: string[] = [];
  /** What it says to the orders that come next, whatever they are. */
  refusals: readonly RefusalKind[] = [];
  isTroubled = true;
  private onFill: (report: FillReport) => void = () => undefined;
  private onEnd: (report: OrderEndReport) => void = () => undefined;
  private readonly haltedAt = new Map<string, number>();
  /** A stop that rests locks what it may sell. */
  readonly locksHoldings: boolean;
  private readonly others: Decimal;

  constructor(
    private readonly clock: ChaosClock,
    private readonly random: Seeded,
    /** Net, before any exit. */
    private readonly held: DecimalText,
    /** What the account holds beside it: nothing of the venue's keeps an exit that leaves twice from taking that. */
    others: DecimalText,
  ) {
    this.locksHoldings = this.random.happens(0.5);
    this.others = decimal(others);
    const pieces = this.random.oneOf(['whole', '4', '2']);
    const terms = {
      feeBps: '0' as DecimalText,
      instrumentOf: () => ({ quoteCurrency: 'USDT' }),
      levelsMax: 1,
    };
    this.book = new PairedBook(
      new PaperVenue(
        { ...terms, ...(pieces !== 'whole' && { levelQuantity: pieces as DecimalText }) },
        new Map([[LTC, add(decimal(held), this.others)]]),
      ),
    );
  }

  listen(onFill: (report: FillReport) => void, onEnd: (report: OrderEndReport) => void): void {
    this.onFill = onFill;
    this.onEnd = onEnd;
  }

  /** What is left of the position, as the venue has it; below zero where exits have taken more. */
  get open(): Decimal {
    return this.held.startsWith('-') ? negate(this.ours) : this.ours;
  }

  get holdsMore(): boolean {
    return !isZero(this.others);
  }

  /** The same, net. */
  get ours(): Decimal {
    return subtract(this.book.holding(LTC) ?? ZERO, this.others);
  }

  listOpen(answer: (outcome: OpenOrdersOutcome) => void): void {
    this.told<OpenOrdersOutcome>(answer, () => {
      const orders = this.book.openOrders().map(({ orderId }) => ({ orderId }) as VenueOrder);
      return { kind: 'known', orders };
    });
  }

  listFills(answer: (outcome: FillsOutcome) => void): void {
    this.told<FillsOutcome>(answer, () => {
      const filled = [...this.book.allOrders()].filter(({ fills }) => fills.length > 0);
      return { kind: 'known', fills: filled.map(({ orderId }) => ({ orderId }) as VenueFill) };
    });
  }

  submit(ticket: OrderTicket, answer: (outcome: SubmitOutcome) => void): void {
    const fate = this.isTroubled ? this.random.next() : 1;
    const timeout: SubmitOutcome = { kind: 'unknown', cause: 'timeout' };
    const refusal = this.refusalOf(ticket, fate);
    if (refusal) {
      this.clock.in(this.random.between(0, 40), () =>
        answer({ kind: 'refused', refusal, venueText: 'no' }),
      );
    } else if (fate < 0.1) {
      this.clock.in(TIMEOUT_MS, () => answer(timeout));
    } else if (fate < 0.25) {
      const late = fate < 0.15 ? this.random.between(0, 5) : this.random.between(5, 900);
      this.clock.in(late, () => void this.take(ticket));
      this.clock.in(TIMEOUT_MS, () => answer(timeout));
    } else {
      this.clock.in(this.random.between(0, 20), () => {
        const outcome = this.take(ticket);
        this.clock.in(this.random.between(0, 60), () => answer(outcome));
      });
    }
  }

  /** Fills that came before are told before, or were lost: a look-up finds them. */
  cancel(orderId: string, answer: (outcome: CancelOutcome) => void): void {
    const fate = this.isTroubled ? this.random.next() : 1;
    const unclear: CancelOutcome = { kind: 'unknown', cause: 'timeout' };
    if (fate < 0.2 || this.isMute) {
      this.clock.in(TIMEOUT_MS, () => answer(unclear));
      return;
    }
    this.clock.in(this.random.between(0, 20), () => {
      const change = this.book.judgeCancel(orderId, this.clock.now);
      if (change) this.book.apply(change);
      const order = this.book.order(orderId);
      const isOver = order?.status === 'cancelled' || order?.status === 'expired';
      this.clock.in(100, () => {
        if (fate < 0.4) return answer(unclear);
        if (!order || !isOver) return answer({ kind: 'ended' });
        // The end of an order is told after every fill that it had.
        for (const fill of order.fills) this.onFill({ orderId, fill: reported(fill) });
        answer({ kind: 'cancelled', reason: 'requested' });
      });
    });
  }

  lookUp(orderId: string, answer: (outcome: VenueLookUp) => void): void {
    this.told<VenueLookUp>(answer, () => {
      const order = this.book.order(orderId);
      if (!order) return { kind: 'absent' };
      const { venueOrderId, acceptedAtMs, status, quantity } = order;
      const fills = order.fills.map(reported);
      const head = { venueOrderId, venueTimeMs: acceptedAtMs, quantity };
      return { kind: 'found', status, ...head, fills };
    });
  }

  /** What the book says at that moment, or nothing that is clear. */
  private told<Outcome>(answer: (outcome: Outcome | Unknown) => void, look: () => Outcome): void {
    const isUnclear = (this.isTroubled && this.random.happens(0.3)) || this.isMute;
    this.clock.in(this.random.between(0, 30), () =>
      answer(isUnclear ? { kind: 'unknown', cause: 'trouble' } : look()),
    );
  }

  print(price: string): void {
    if (this.isHalted) return;
    const print = {
      instrumentId: LTC,
      price: price as DecimalText,
      at: this.clock.now,
      grid: GRID,
    };
    for (const change of this.book.print(print)) {
      if (change.kind === 'filled')
        this.tell({ orderId: change.orderId, fill: reported(change.fill) });
      if (change.kind === 'expired') this.tellEnd(change.orderId);
    }
    if (this.isTroubled && this.random.happens(0.01)) this.endOne();
  }

  /** Ends an open order by itself, as for want of liquidity. */
  private endOne(): void {
    const [order] = this.book.openOrders();
    if (!order) return;
    const { orderId } = order;
    this.book.apply({ kind: 'expired', orderId, reason: 'by the venue', at: this.clock.now });
    this.tellEnd(orderId);
  }

  private get isHalted(): boolean {
    const { now } = this.clock;
    return this.halts.some(({ from, to }) => from <= now && now < to);
  }

  private get isMute(): boolean {
    return this.mute.from <= this.clock.now && this.clock.now < this.mute.to;
  }

  private refusalOf({ orderId }: OrderTicket, fate: number): RefusalKind | undefined {
    const isLocked = this.locksHoldings && !this.holdsMore && this.rests;
    if (isLocked && !isInsurance(orderId)) return 'insufficient';
    const [told, ...refusals] = this.refusals;
    this.refusals = refusals;
    if (told) return told;
    const exit = orderId.slice(0, -2);
    const heldAt = this.haltedAt.get(exit) ?? -Infinity;
    if (this.clock.now - heldAt < HELD_MS_MIN) {
      this.violations.push(`${orderId} was sent ${this.clock.now - heldAt} ms after a halt`);
    }
    if (this.isHalted && !isInsurance(orderId)) {
      this.haltedAt.set(exit, this.clock.now);
      return 'halted';
    }
    return fate >= 0.85 && fate < 1 ? this.random.oneOf(REFUSALS) : undefined;
  }

  private get rests(): boolean {
    return this.book.openOrders().some(({ orderId }) => isInsurance(orderId));
  }

  /** Told with its fills, or lost: then a look-up finds it. */
  private tellEnd(orderId: string): void {
    if (this.isTroubled && this.random.happens(0.3)) return;
    this.clock.in(this.random.between(0, 80), () => {
      const order = this.book.order(orderId);
      if (!order) return;
      for (const fill of order.fills) this.onFill({ orderId, fill: reported(fill) });
      this.onEnd({ orderId, status: 'expired', venueText: order.endReason ?? '' });
    });
  }

  private tell(report: FillReport): void {
    const isLost = this.isTroubled && this.random.happens(0.2);
    const times = this.isTroubled && this.random.happens(0.2) ? 2 : 1;
    for (let time = 0; time < times && !isLost; time += 1) {
      this.clock.in(this.random.between(0, 80), () => this.onFill(report));
    }
  }

  /** Never two exits for the same quantity: all that are open together take no more than what is. */
  private checkExits(orderId: string): void {
    // One that rests reduces only, and is no second exit where it locks nothing.
    const counted = this.book
      .openOrders()
      .filter((order) => this.locksHoldings || !isInsurance(order.orderId));
    const asked = leaving(counted);
    // An exit that was decided before the venue's own stop had traded is capped by the venue.
    const byInsurance = [...this.book.allOrders()]
      .filter((order) => isInsurance(order.orderId))
      .reduce((sum, order) => add(sum, filledOf(order)), ZERO);
    if (compare(asked, add(this.open, byInsurance)) <= 0) return;
    const [sum, open] = [formatDecimal(asked), formatDecimal(this.open)];
    this.violations.push(`with ${orderId} exits of ${sum} were open at the venue for ${open}`);
  }

  private take(ticket: OrderTicket): SubmitOutcome {
    const change = this.book.judge({ ...ticket, at: this.clock.now });
    this.book.apply(change);
    if (change.kind === 'rejected') {
      return { kind: 'refused', refusal: 'insufficient', venueText: change.reason };
    }
    if (change.kind !== 'accepted') {
      this.repeated.push(ticket.orderId);
      return { kind: 'unknown', cause: 'known id' };
    }
    this.accepted.push(ticket.orderId);
    this.checkExits(change.order.orderId);
    const { venueOrderId, acceptedAtMs } = change.order;
    return { kind: 'acknowledged', venueOrderId, venueTimeMs: acceptedAtMs };
  }
}

/** Ordinals of stops that rest at the venue are counted down from the last one. */
export function isInsurance(orderId: string): boolean {
  return /-z[0-9a-z]{3}$/.test(orderId);
}

/** What may still leave by open orders. */
function leaving(orders: readonly PaperOrder[]): Decimal {
  return orders.reduce((sum, order) => add(sum, remainingOf(order)), ZERO);
}

function reported(fill: PaperFill): FillReport['fill'] {
  const { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs } = fill;
  return { venueTradeId, quantity, price, feeAmount, feeCurrency, liquidity, filledAtMs };
}
