import {
  ZERO,
  add,
  compare,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  negate,
  subtract,
  smaller,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import { idOfInput } from '../domain/kernel/derived-id.js';
import type { PositionSide } from '../domain/kernel/units.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import type { Desk } from './desk.js';
import { freshStopId } from './fresh-stop-id.js';
import type { VenueHolding } from './inputs.js';
import type { PlanMarket } from './plan-market.js';
import type { KnownInstrument } from './registry.js';
import type { StopCommands } from './stop-commands.js';
import type { StopSizes } from './stop-sizes.js';

/**
 * Lets our positions follow the venue's. The venue is right: what it no longer holds is taken out of ours, the oldest
 * first, and the stops follow; what it holds beyond ours is adopted, and guarded if the account has a plan for that.
 * While an order of the instrument is under way nothing is compared: its fills may be in one book and not in the other.
 */
export class ReconcileDesk {
  constructor(
    private readonly desk: Desk,
    private readonly markets: PlanMarket,
    private readonly stops: StopCommands,
    private readonly sizes: StopSizes,
  ) {}

  compare(holding: VenueHolding): void {
    const { registry } = this.desk;
    const instrument = registry.instruments.get(holding.instrumentId);
    if (!instrument || !registry.accounts.has(holding.accountId)) return;
    if (this.isUnderWay(holding)) return;
    const ours = this.positionsOf(holding);
    const difference = subtract(decimal(holding.quantity), netOf(ours));
    if (isDust(difference, instrument)) return;
    const loses: PositionSide = isPositive(difference) ? 'short' : 'long';
    const left = this.takeOut(
      ours.filter(({ side }) => side === loses),
      sizeOf(difference),
      holding,
    );
    if (!holding.adopts || isDust(left, instrument)) return;
    this.adopt(holding, loses === 'long' ? 'short' : 'long', left);
  }

  private isUnderWay({ accountId, instrumentId }: VenueHolding): boolean {
    for (const { stamp, insures } of this.desk.registry.orders.unsettled()) {
      if (stamp.accountId !== accountId || stamp.instrumentId !== instrumentId) continue;
      // One that only rests is seen in both books or in none.
      if (!insures) return true;
    }
    return false;
  }

  /** Open ones that the venue's book speaks of, the oldest first. */
  private positionsOf({ accountId, instrumentId, book }: VenueHolding): readonly KnownPosition[] {
    return [...this.desk.registry.positions.values()].filter(
      ({ status, side, stamp }) =>
        status === 'open' &&
        stamp.accountId === accountId &&
        stamp.instrumentId === instrumentId &&
        (book === 'net' || book === side),
    );
  }

  /** Returns what is left when nothing more can be taken out. */
  private takeOut(
    positions: readonly KnownPosition[],
    quantity: Decimal,
    { quantity: venueQuantity }: VenueHolding,
  ): Decimal {
    let left = quantity;
    for (const position of positions) {
      if (!isPositive(left)) break;
      const { stamp, side, entryPrice, quoteCurrency, contract } = position;
      const taken = smaller(left, decimal(position.quantity));
      const open = subtract(decimal(position.quantity), taken);
      const index = this.desk.decide(`position-${stamp.positionId}`, {
        type: 'PositionReconciled',
        version: 1,
        data: {
          ...this.desk.stamp(stamp),
          side,
          previousQuantity: position.quantity,
          reducedBy: formatDecimal(taken),
          openQuantity: formatDecimal(open),
          ...{ venueQuantity, entryPrice, quoteCurrency },
          ...(contract && { contract }),
        },
      });
      this.sizes.fit(stamp.positionId, open, index);
      left = subtract(left, taken);
    }
    return left;
  }

  /** Without a price nothing is known of what it cost: it is found again with the next comparison. */
  private adopt(holding: VenueHolding, side: PositionSide, quantity: Decimal): void {
    const { accountId, instrumentId, plan } = holding;
    const { registry, input, at, rules } = this.desk;
    const instrument = registry.instruments.get(instrumentId);
    const account = registry.accounts.get(accountId);
    const entryPrice = holding.entryPrice ?? this.markets.lastPriceOf(instrumentId);
    if (!instrument || !account || entryPrice === undefined) return;
    const positionId = idOfInput(input, at, 1);
    const { instrumentVersion, quoteCurrency, contract } = instrument.definition;
    const index = this.desk.decide(`position-${positionId}`, {
      type: 'PositionOpened',
      version: 3,
      data: {
        ...{ accountId, instrumentId, instrumentVersion, positionId, mode: account.mode },
        ...{ rules, input, at, origin: 'adopted', side, quantity: formatDecimal(quantity) },
        ...{ entryPrice, quoteCurrency, ...(contract && { contract }), fill: null },
      },
    });
    const position = registry.positions.get(positionId);
    if (!plan || !position) return;
    const judged = this.markets.judge(plan, { ...position, armedAtMs: undefined });
    if (!judged.plan) return;
    const stopId = freshStopId(registry, positionId);
    this.stops.guard(stopId, { position, plan: judged.plan, quantity, after: index });
  }
}

export function netOf(positions: readonly KnownPosition[]): Decimal {
  return positions.reduce((sum, { side, quantity }) => {
    const held = decimal(quantity);
    return add(sum, side === 'long' ? held : negate(held));
  }, ZERO);
}

function sizeOf(quantity: Decimal): Decimal {
  return isPositive(quantity) ? quantity : negate(quantity);
}

/** Less than one lot step cannot be traded: fees taken in coins leave it behind. */
export function isDust(quantity: Decimal, { definition }: KnownInstrument): boolean {
  return isZero(quantity) || compare(sizeOf(quantity), decimal(definition.quantityStep)) < 0;
}
