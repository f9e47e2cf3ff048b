import { formatUnits } from '../../domain/instrument/price-grid.js';
import type { DecimalText, InstrumentId } from '../../domain/kernel/units.js';
import type { Partition } from '../../engine/partition.js';
import type { LastPrice } from '../ports/engine-gateway.port.js';

export interface LastPricesOptions {
  readonly partition: Pick<Partition, 'registry' | 'lastTick'>;
  /** Name of the recording that a feed plays, null for a market. */
  readonly recordedBy: (feed: string) => string | null;
}

/** What each instrument is worth now: at its newest print, or where its venue shows none (forex), at its newest quote. */
export class LastPrices {
  constructor(private readonly options: LastPricesOptions) {}

  scaleOf(instrumentId: InstrumentId): number {
    return this.options.partition.registry.instruments.get(instrumentId)?.grid.scale ?? 0;
  }

  /** On the instrument's grid: of a quote the bid. */
  of(instrumentId: InstrumentId): DecimalText | undefined {
    const tick = this.options.partition.lastTick(instrumentId);
    if (!tick) return undefined;
    const units = tick.kind === 'trade' ? tick.priceUnits : tick.bidUnits;
    return formatUnits(units, this.scaleOf(instrumentId));
  }

  all(): Readonly<Record<InstrumentId, LastPrice>> {
    const found: Record<InstrumentId, LastPrice> = {};
    for (const instrumentId of this.options.partition.registry.instruments.keys()) {
      const last = this.shown(instrumentId);
      if (last) found[instrumentId] = last;
    }
    return found;
  }

  private shown(instrumentId: InstrumentId): LastPrice | undefined {
    const tick = this.options.partition.lastTick(instrumentId);
    if (!tick) return undefined;
    const { venueTimeMs: venueTime, receivedAtMs: receivedAt, feed } = tick;
    const seen = { venueTime, receivedAt, feed, recorded: this.options.recordedBy(feed) };
    const scale = this.scaleOf(instrumentId);
    if (tick.kind === 'trade') {
      const price = formatUnits(tick.priceUnits, scale);
      return { price, bid: null, ask: null, tradeId: tick.tradeId, ...seen };
    }
    const { bidUnits, askUnits } = tick;
    return {
      // Half of two prices needs a digit of its own.
      price: formatUnits((bidUnits + askUnits) * 5, scale + 1),
      bid: formatUnits(bidUnits, scale),
      ask: formatUnits(askUnits, scale),
      tradeId: '',
      ...seen,
    };
  }
}
