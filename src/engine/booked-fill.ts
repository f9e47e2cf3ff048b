import type { UnixMs } from '../domain/kernel/units.js';
import type { ReportedFill } from '../domain/order/order-state.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import type { Registry } from './registry.js';

/**
 * A book is believed once two readings, five seconds apart, were the same: a fill that it has is older than that, and one
 * since is younger. In the middle the venue's clock may be as far ahead of ours as behind it.
 */
const CLOCKS_APART_MS = 2_500;

/** When ours followed a book of the venue that had this fill; undefined when none had. */
export function bookedAt(
  { positions }: Pick<Registry, 'positions'>,
  position: KnownPosition,
  { filledAtMs }: Pick<ReportedFill, 'filledAtMs'>,
): UnixMs | undefined {
  const atMs = positions.reconciledAtMs(position);
  return atMs !== undefined && filledAtMs + CLOCKS_APART_MS <= atMs ? atMs : undefined;
}
