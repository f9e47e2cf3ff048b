import { add, decimal, formatDecimal, isPositive, subtract } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { ceilOnGrid, floorOnGrid } from '../domain/kernel/price-bands.js';
import type { DecimalText, OrderSide } from '../domain/kernel/units.js';
import { formatUnits } from '../domain/instrument/price-grid.js';
import type { KnownOrder } from '../domain/order/order-state.js';
import { sizeAt } from '../domain/stop/distance-size.js';
import type { PlainDistance } from '../domain/stop/stop-plan.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { ExitOrder } from '../domain/stop/stop.events.js';
import type { Desk } from './desk.js';
import type { Rung } from './exit-ladder.js';
import { shows, unitsFor } from './price-source.js';
import type { KnownInstrument } from './registry.js';
import type { StopBook } from './stop-book.js';

export type ExitTerms = Pick<ExitOrder, 'type' | 'limitPrice' | 'timeInForce' | 'isCollared'>;

const AT_MARKET: ExitTerms = { type: 'market' };

/** Sets what exits ask of the market as it is. */
export class ExitPricing {
  constructor(
    private readonly desk: Desk,
    private readonly book: StopBook,
  ) {}

  /** As the exit policy of the plan has it; at market where it has none, or no price is known. */
  byPolicy({ plan, stamp }: KnownStop, side: OrderSide): ExitTerms {
    const { exit } = plan;
    const instrument = this.desk.registry.instruments.get(stamp.instrumentId);
    const price = instrument && this.touch(instrument, side);
    if (exit?.type !== 'limit' || !instrument || !price) return AT_MARKET;
    const limitPrice = collared(price, { side, collar: exit.collar, instrument });
    if (limitPrice === undefined) return AT_MARKET;
    return { type: 'limit', limitPrice, timeInForce: exit.timeInForce, isCollared: true };
  }

  /** Of a further attempt. */
  onRung(stop: KnownStop, rung: Rung, last: KnownOrder): ExitTerms {
    switch (rung) {
      case 'market':
        return AT_MARKET;
      case 'collared':
        return this.byPolicy(stop, last.side);
      case 'limit':
        return { type: 'limit', ...(last.limitPrice && { limitPrice: last.limitPrice }) };
    }
  }

  /** What the order would meet: the other side of the book, or the newest trade where that is newer. */
  private touch({ definition, grid }: KnownInstrument, side: OrderSide): Decimal | undefined {
    const { last, quote } = this.book.lastOf(definition.instrumentId);
    const source = side === 'sell' ? 'bid' : 'ask';
    const isQuoted = quote && shows(quote, source);
    const newest = isQuoted && (!last || quote.receivedAtMs >= last.receivedAtMs) ? quote : last;
    if (!newest) return undefined;
    const units = unitsFor(newest, newest === last ? 'last' : source);
    return decimal(formatUnits(units, grid.scale));
  }
}

/** The price so much worse than the market, on the grid: the side that fills sooner. Undefined when none above 0 is left. */
export function collared(
  price: Decimal,
  given: {
    readonly side: OrderSide;
    readonly collar: PlainDistance;
    readonly instrument: KnownInstrument;
  },
): DecimalText | undefined {
  const { definition } = given.instrument;
  const distance = sizeAt(given.collar, price, decimal(definition.priceTick));
  if (given.side === 'sell') {
    const worst = floorOnGrid(definition, subtract(price, distance));
    return isPositive(worst) ? formatDecimal(worst) : undefined;
  }
  return formatDecimal(ceilOnGrid(definition, add(price, distance)));
}
