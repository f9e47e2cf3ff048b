import {
  add,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  subtract,
  ZERO,
} from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import type { OrderSide } from '../../domain/kernel/units.js';
import {
  fillAtLimit,
  fillFromBook,
  fillInBar,
  reduceOnly,
  worseOf,
} from '../../simulation/exit-fill.js';
import type { ExitFill } from '../../simulation/exit-fill.js';
import type { PeerCase, PeerTick } from '../peer-cases.js';
import { StopTrial } from '../stop-trial.js';
import { flag, needs, number, orderSideOf, said } from './case-reading.js';
import type { Found } from './case-reading.js';
import { OrderMarket, show } from './order-market.js';
import type { Shown } from './order-market.js';
import type { OrderTrial } from './order-plan.js';

/** An order of a case in our engine, and what a venue makes of its exit. */
export class OrderRun {
  readonly trial: StopTrial;
  readonly fills: ExitFill[] = [];
  readonly steps: Found[] = [];
  triggerIndex: number | null = null;
  refusal: string | undefined;
  /** How much the market had shown when the order fired. */
  shownUntilTriggered = 0;
  private lastShown: Shown | undefined;
  private readonly side: OrderSide;
  private readonly market: OrderMarket;
  private quantity: Decimal;

  constructor(
    private readonly peer: PeerCase,
    readonly wanted: OrderTrial,
  ) {
    this.trial = new StopTrial(wanted);
    this.side = orderSideOf(peer);
    this.market = new OrderMarket(peer, wanted);
    this.quantity = quantityOf(peer);
  }

  /** Plays all ticks. What was found is then in the fields. */
  play(): void {
    const { ticks, params } = this.peer;
    for (let index = -1; index < ticks.length && this.refusal === undefined; index += 1) {
      const tick = ticks[index];
      // Such a quote was seen by nobody but a cache.
      const isHidden = index === 0 && params['first_tick_is_cache_only'] === true;
      if (tick && !isHidden) this.onTick(tick, index);
      if (index === this.wanted.armAfter) this.arm(index);
      if (index === 0) this.quantity = number(this.peer, 'modify_qty_after_tick0') ?? this.quantity;
      if (tick) this.steps.push(this.step());
    }
  }

  get filled(): Decimal {
    return this.fills.reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  }

  get status(): string {
    if (!this.trial.triggered) return 'ACCEPTED';
    if (isZero(this.filled)) return 'TRIGGERED';
    return isPositive(subtract(this.quantity, this.filled)) ? 'PARTIALLY_FILLED' : 'FILLED';
  }

  private arm(index: number): void {
    this.refusal = this.trial.arm(this.wanted.plan);
    if (this.trial.triggered) this.fire(index, this.lastShown);
  }

  private onTick(tick: PeerTick, index: number): void {
    for (const shown of [...this.market.shownOn(tick, index), ...bookEvent(tick, this.peer)]) {
      this.lastShown = shown;
      if (!this.trial.triggered) this.shownUntilTriggered += 1;
      const wasTriggered = this.trial.triggered !== undefined;
      show(this.trial, shown);
      if (wasTriggered) this.fillRest(shown);
      else if (this.trial.triggered) this.fire(index, shown);
    }
  }

  private fire(index: number, shown: Shown | undefined): void {
    this.triggerIndex ??= index;
    if (!shown || shown.price === '') return;
    if (this.trial.triggered?.order.type === 'limit') this.fillRest(shown);
    else this.fills.push(...this.marketFills(shown));
  }

  private fillRest(shown: Shown): void {
    const limit = this.trial.triggered?.order.limitPrice;
    if (limit === undefined || shown.kind !== 'quote' || shown.price === '') return;
    const rest = subtract(this.quantity, this.filled);
    const seen = {
      price: decimal(shown.price),
      size: shown.size === undefined ? undefined : decimal(shown.size),
    };
    const fill = fillAtLimit(this.side, rest, { limit: decimal(limit), shown: seen });
    if (fill) this.fills.push(fill);
  }

  private marketFills(shown: Shown): readonly ExitFill[] {
    const { side, quantity } = this;
    const [price, level] = [decimal(shown.price), this.trial.triggered?.track.level];
    const stop = level === null || level === undefined ? price : decimal(level);
    const one = (at: Decimal): readonly ExitFill[] => [{ price: at, quantity }];
    switch (this.wanted.fill) {
      case 'print':
        return one(price);
      case 'worse':
        return one(worseOf(side, stop, decimal(shown.current)));
      case 'gap': {
        const open = shown.open === undefined ? price : decimal(shown.open);
        return one(fillInBar(side, stop, open));
      }
      case 'book':
        if (shown.isBar) return one(shown.isOpen ? price : stop);
        return this.bookFills(shown, price);
    }
  }

  private bookFills(shown: Shown, price: Decimal): readonly ExitFill[] {
    const tick = decimal(this.wanted.priceTick);
    const levels = levelsBelow(shown) ?? [
      { price, size: shown.size === undefined ? undefined : decimal(shown.size) },
    ];
    return fillFromBook(this.side, this.quantity, { levels, tick });
  }

  private step(): Found {
    const { trial } = this;
    const { level, limit } = trial.track ?? { level: null, limit: null };
    return {
      stop: level,
      limit: limit ?? null,
      triggered: trial.triggered !== undefined,
      activated: trial.isActivated,
      filled_qty: formatDecimal(this.filled),
      status: this.status,
    };
  }
}

function quantityOf(peer: PeerCase): Decimal {
  // Where a case tells no size it was filled whole.
  const told = peer.params['qty'] === undefined ? peer.expect['filled_qty'] : undefined;
  const asked = number(peer, 'qty') ?? (typeof told === 'string' ? decimal(told) : decimal('1'));
  const position = number(peer, 'position_qty');
  return flag(peer, 'reduce_only') && position ? reduceOnly(asked, position) : asked;
}

/** Levels of a book that an event tells in words; the words have no sizes, the book's builder used lots of this. */
const LEVEL_SIZE = decimal('1000');
const COUNTS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3, four: 4, five: 5 };

interface WordedBook extends Shown {
  readonly levels: number;
}

function bookEvent(tick: PeerTick, peer: PeerCase): readonly WordedBook[] {
  const words = tick['book_bids_event'];
  if (words === undefined) return [];
  const match = /^bid at (\d+(?:\.\d+)?) removed; (\w+) levels below$/.exec(said(words));
  const levels = COUNTS[match?.[2] ?? ''];
  if (!match?.[1] || levels === undefined || peer.side !== 'SELL')
    return needs(`the book ${said(words)}`);
  const price = formatDecimal(subtract(decimal(match[1]), decimal('1')));
  return [
    {
      ...{ kind: 'quote', price, bid: price, ask: undefined, size: undefined, levels },
      ...{ open: undefined, isOpen: false, isBar: false, current: price },
    },
  ];
}

function levelsBelow(
  shown: Shown | WordedBook,
): readonly { price: Decimal; size: Decimal }[] | undefined {
  if (!('levels' in shown)) return undefined;
  return Array.from({ length: shown.levels }, (_, at) => ({
    price: subtract(decimal(shown.price), decimal(String(at))),
    size: LEVEL_SIZE,
  }));
}
