import type { OrderId, PositionId } from '../domain/kernel/units.js';
import type { Registry } from '../engine/registry.js';

/**
 * Which orders may have left without the log knowing of it: those of stops that an owner guarded which fell silent, and
 * those of positions about which an earlier run of ours had decided what another engine's decisions overtook. They are
 * looked up before they are sent: the venue takes an id again whose order has ended.
 */
export class SentDoubt {
  private readonly overtaken = new Map<PositionId, number>();

  constructor(
    /** As the ownership tells it. */
    private readonly owner: { othersSentUntilMs(): number | undefined },
    private readonly registry: Pick<Registry, 'orders' | 'stops'>,
  ) {}

  /** Our own decisions about these positions were set aside. What they sent was sent before `untilMs`, monotonic. */
  note(positionIds: Iterable<PositionId>, untilMs: number): void {
    for (const positionId of positionIds) this.overtaken.set(positionId, untilMs);
  }

  /** Until when this order may have been sent, monotonic ms; undefined when it was not. `epoch` is this run's. */
  untilMs(orderId: OrderId, epoch: number): number | undefined {
    const { stopId, stamp } = this.registry.orders.get(orderId) ?? {};
    const stop = this.registry.stops.get(stopId ?? '');
    if (!stop || stop.stamp.input.epoch >= epoch) return undefined;
    return this.owner.othersSentUntilMs() ?? this.overtaken.get(stamp?.positionId ?? '');
  }
}
