import { formatUnits } from '../../domain/instrument/price-grid.js';
import type { QuarantineReason, Tick } from '../../engine/tick.js';
import type { QuarantinedPrice } from '../ports/market-gateway.port.js';

/** A price that may not decide, as it is shown. All of them are on the tape. */
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
