import {
  add,
  decimal,
  formatDecimal,
  isPositive,
  isZero,
  subtract,
  smaller,
} from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { CoveredFill } from '../domain/stop/stop.events.js';
import type { Desk } from './desk.js';
import type { CommandRoom } from './stop-commands.js';

/** Lets what stops guard follow what their positions hold. Levels and rules stay as they are. */
export class StopSizes {
  constructor(
    private readonly desk: Desk,
    private readonly room: Pick<CommandRoom, 'book' | 'clock' | 'closeRange'>,
  ) {}

  /** Lets an armed stop take on what a fill added. Returns the index of the decision. */
  extend(
    { stopId, stamp, quantity: before }: KnownStop,
    given: {
      readonly quantity: Decimal;
      readonly covers: CoveredFill;
      readonly after: number | undefined;
    },
  ): number {
    return this.desk.decide(
      `stop-${stopId}`,
      {
        type: 'StopQuantityAdjusted',
        version: 1,
        data: {
          ...this.desk.stamp(stamp),
          stopId,
          previousQuantity: before,
          quantity: formatDecimal(add(decimal(before), given.quantity)),
          reason: 'position-increased',
          covers: given.covers,
        },
      },
      given.after,
    );
  }

  /** Lets stops guard no more of a position than is open: the newest gives way first. `after` is what took it out. */
  fit(positionId: string, open: Decimal, after?: number): void {
    let over = subtract(this.desk.registry.sums.of(positionId).held, open);
    if (!isPositive(over)) return;
    const stopIds = this.desk.registry.stopsOf.get(positionId) ?? [];
    const guarding = stopIds
      .map((stopId) => this.desk.registry.stops.get(stopId))
      .filter((stop) => stop?.status === 'armed' || stop?.status === 'suspended')
      .filter((stop) => stop !== undefined);
    for (const stop of guarding.toReversed()) {
      if (!isPositive(over)) return;
      const taken = smaller(over, decimal(stop.quantity));
      this.shrink(stop, subtract(decimal(stop.quantity), taken), after);
      over = subtract(over, taken);
    }
  }

  private shrink(stop: KnownStop, left: Decimal, after?: number): void {
    this.room.closeRange(stop);
    const { stopId, stamp, quantity } = stop;
    const data = { ...this.desk.stamp(stamp), stopId };
    const streamId = `stop-${stopId}`;
    if (isZero(left)) {
      const { track } = this.desk.registry.stops.get(stopId) ?? stop;
      const reason = 'position-closed';
      const fact = { type: 'StopCancelled', version: 1, data: { ...data, reason, track } } as const;
      this.desk.decide(streamId, fact, after);
      const armed = this.room.book.get(stopId);
      if (armed) this.room.clock.forget(armed);
      this.room.book.release(stop);
      return;
    }
    const change = { previousQuantity: quantity, quantity: formatDecimal(left) };
    const reason = 'position-reduced';
    const adjusted = { ...data, ...change, reason } as const;
    const fact = { type: 'StopQuantityAdjusted', version: 1, data: adjusted } as const;
    this.desk.decide(streamId, fact, after);
  }
}
