import { formatUnits } from '../../domain/instrument/price-grid.js';
import type { QuarantineReason, Tick } from '../../engine/tick.js';
import type { QuarantinedPrice } from '../ports/market-gateway.port.js';

/** So many are kept of each reason, so that a flood of one kind does not hide the rare ones. All are on the tape. */
const KEPT_OF_A_REASON_MAX = 50;

/** The newest prices of one feed that may not decide, with the reason. */
export class Quarantine {
  private readonly byReason = new Map<string, Tick[]>();

  note(tick: Tick): void {
    const kept = this.byReason.get(tick.verdict) ?? [];
    if (kept.length === 0) this.byReason.set(tick.verdict, kept);
    kept.push(tick);
    if (kept.length > KEPT_OF_A_REASON_MAX) kept.shift();
  }

  newestFirst(): readonly Tick[] {
    return [...this.byReason.values()].flat().sort((a, b) => b.receivedAtMs - a.receivedAtMs);
  }
}

export function quarantinedPrice(tick: Tick, scale: number): QuarantinedPrice {
  const { instrumentId, venueTimeMs, receivedAtMs } = tick;
  const price =
    tick.kind === 'trade'
      ? formatUnits(tick.priceUnits, scale)
      : `${formatUnits(tick.bidUnits, scale)}/${formatUnits(tick.askUnits, scale)}`;
  const id = tick.kind === 'trade' ? tick.tradeId : tick.sequence;
  const reason = tick.verdict as QuarantineReason;
  return { reason, instrumentId, price, id, venueTimeMs, receivedAtMs };
}
