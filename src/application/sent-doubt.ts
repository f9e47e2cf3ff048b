import type { OrderId, PositionId, UnixMs } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { Registry } from '../engine/registry.js';

/** What an owner sent that the log does not know it sent within its lease; the rest is for clocks that differ. */
const UNLOGGED_MS = 10 * 60_000;
/** So long a client repeats a command that nobody has answered. */
const REPEATED_MS = 60_000;
/** Further back venues do not list in one piece. */
const LISTED_MS = 23 * 3_600_000;

export interface SentDoubtOptions {
  /** As the ownership tells it. */
  readonly othersSentUntilMs: () => number | undefined;
  readonly registry: Pick<Registry, 'orders' | 'stops'>;
  readonly monotonicMs: () => number;
  readonly wallMs: () => UnixMs;
}

/**
 * Which orders may have left without the log knowing of it: those of stops that an owner guarded which fell silent, and
 * those of positions about which an earlier run of ours had decided what another engine's decisions overtook. They are
 * looked up before they are sent: the venue takes an id again whose order has ended.
 */
export class SentDoubt {
  private overtaken: ReadonlyMap<PositionId, UnixMs> = new Map();
  private overtakenUntilMs = 0;

  constructor(private readonly options: SentDoubtOptions) {}

  /** Our own decisions about these positions, from these times on, were set aside. What they sent was sent by now. */
  note(overtaken: ReadonlyMap<PositionId, UnixMs>): void {
    this.overtaken = overtaken;
    this.overtakenUntilMs = this.options.monotonicMs();
  }

  /** Until when this order may have been sent, monotonic ms; undefined when it was not. `epoch` is this run's. */
  untilMs(orderId: OrderId, epoch: number): number | undefined {
    const { stopId, stamp } = this.options.registry.orders.get(orderId) ?? {};
    const stop = this.options.registry.stops.get(stopId ?? '');
    if (!stop) return undefined;
    const silentMs = this.options.othersSentUntilMs();
    if (stop.stamp.input.epoch >= epoch)
      return this.isRepeated(stop, silentMs) ? silentMs : undefined;
    const isOvertaken = this.overtaken.has(stamp?.positionId ?? '');
    const overtakenUntilMs = isOvertaken ? this.overtakenUntilMs : undefined;
    return silentMs ?? overtakenUntilMs;
  }

  /** Whether the stop may be one that the owner before had armed and fired: its client, who heard nothing, asked again. */
  private isRepeated({ stamp }: Pick<KnownStop, 'stamp'>, silentMs: number | undefined): boolean {
    if (silentMs === undefined) return false;
    const { monotonicMs, wallMs } = this.options;
    return stamp.at < wallMs() - (monotonicMs() - silentMs) + REPEATED_MS;
  }

  /** Since when attempts of such an order's exit may have been sent, by the wall clock. */
  sinceMs(orderId: OrderId): UnixMs {
    const { othersSentUntilMs, registry, monotonicMs, wallMs } = this.options;
    const { positionId } = registry.orders.get(orderId)?.stamp ?? {};
    const silentForMs = monotonicMs() - (othersSentUntilMs() ?? monotonicMs());
    const sinceMs = wallMs() - silentForMs - UNLOGGED_MS;
    const overtakenMs = this.overtaken.get(positionId ?? '') ?? Infinity;
    return Math.max(Math.min(sinceMs, overtakenMs), wallMs() - LISTED_MS);
  }
}
