import { ApiProperty } from '@nestjs/swagger';
import type {
  BarView,
  BookView,
  MarketView,
  QuarantinedPrice,
  RefusedFrame,
} from '../../application/ports/market-gateway.port.js';

/** A price that the gate holds back. All of them are on the tape. */
export class QuarantinedPriceView {
  @ApiProperty({ type: String }) readonly reason!: QuarantinedPrice['reason'];
  @ApiProperty({ type: String }) readonly instrumentId!: string;
  @ApiProperty({ type: String, description: 'A quote is shown as `bid/ask`.' })
  readonly price!: string;
  @ApiProperty({ type: String, description: 'Trade id, or the sequence of a quote.' })
  readonly id!: string;
  @ApiProperty({ type: String }) readonly venueTime!: string;
  @ApiProperty({ type: String }) readonly receivedAt!: string;
}

/** A frame that could not be read. It changes nothing and is on no tape. */
export class RefusedFrameView {
  @ApiProperty({ type: String }) readonly reason!: RefusedFrame['reason'];
  @ApiProperty({ type: String, description: 'Its first 200 characters.' })
  readonly sample!: RefusedFrame['sample'];
  @ApiProperty({ type: String }) readonly receivedAt!: string;
}

export class MarketBarView {
  @ApiProperty({ type: String, description: 'Start of the interval.' }) readonly start!: string;
  @ApiProperty({ type: String }) readonly open!: BarView['open'];
  @ApiProperty({ type: String }) readonly high!: BarView['high'];
  @ApiProperty({ type: String }) readonly low!: BarView['low'];
  @ApiProperty({ type: String }) readonly close!: BarView['close'];
  @ApiProperty({ type: 'integer' }) readonly prices!: BarView['prices'];
}

/** What the prices of an instrument came to, as the engine sees it now. Without a position of the log. */
export class InstrumentMarketView {
  @ApiProperty({ type: String }) readonly instrumentId!: string;
  @ApiProperty({ type: 'integer', description: 'Rises with every price.' })
  readonly version!: number;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  readonly last!: Record<string, string> | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  readonly book!: Record<string, string> | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: "The venue's mark price, where it is followed.",
  })
  readonly mark!: Record<string, string> | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'High and low of the UTC day of the newest price.',
  })
  readonly day!: Record<string, string>;
  @ApiProperty({ type: MarketBarView, isArray: true }) readonly bars1m!: readonly MarketBarView[];
  @ApiProperty({ type: MarketBarView, isArray: true }) readonly bars5m!: readonly MarketBarView[];
}

export class BookLevelView {
  @ApiProperty({ type: String }) readonly price!: string;
  @ApiProperty({ type: String }) readonly size!: string;
}

/** What an order that takes from the book at once would get. */
export class TakerEstimateView {
  @ApiProperty({ type: String, enum: ['sell', 'buy'] })
  readonly side!: BookView['estimates'][number]['side'];
  @ApiProperty({ type: String }) readonly quantity!: string;
  @ApiProperty({ type: String, description: 'Less where the book holds no more.' })
  readonly filledQuantity!: string;
  @ApiProperty({ type: String }) readonly averagePrice!: string;
  @ApiProperty({ type: String }) readonly worstPrice!: string;
  @ApiProperty({ type: String, description: 'Average against the best price.' })
  readonly slippageBps!: string;
}

/** The order book at the feed that decides. */
export class InstrumentBookView {
  @ApiProperty({ type: String }) readonly instrumentId!: string;
  @ApiProperty({ type: String }) readonly feed!: string;
  @ApiProperty({ type: String, description: "The venue's number of the newest change." })
  readonly sequence!: string;
  @ApiProperty({ type: String }) readonly venueTime!: string;
  @ApiProperty({ type: BookLevelView, isArray: true, description: 'The best first.' })
  readonly bids!: readonly BookLevelView[];
  @ApiProperty({ type: BookLevelView, isArray: true }) readonly asks!: readonly BookLevelView[];
  @ApiProperty({ type: TakerEstimateView, isArray: true })
  readonly estimates!: readonly TakerEstimateView[];
}

export function instrumentBookView(book: BookView): InstrumentBookView {
  return timed(book);
}

export function quarantinedPriceView(one: QuarantinedPrice): QuarantinedPriceView {
  const { venueTimeMs, receivedAtMs, ...rest } = one;
  return { ...rest, venueTime: iso(venueTimeMs), receivedAt: iso(receivedAtMs) };
}

export function refusedFrameView({ receivedAtMs, ...rest }: RefusedFrame): RefusedFrameView {
  return { ...rest, receivedAt: iso(receivedAtMs) };
}

export function instrumentMarketView(market: MarketView): InstrumentMarketView {
  const { instrumentId, version, last, book, mark, day, bars } = market;
  return {
    instrumentId,
    version,
    last: last && timed(last),
    book: book && timed(book),
    mark: mark && timed(mark),
    day: { start: iso(day.startMs), high: day.high, low: day.low },
    bars1m: bars['1m'].map(barView),
    bars5m: bars['5m'].map(barView),
  };
}

function timed<T extends { readonly venueTimeMs: number }>(
  shown: T,
): Omit<T, 'venueTimeMs'> & { readonly venueTime: string } {
  const { venueTimeMs, ...rest } = shown;
  return { ...rest, venueTime: iso(venueTimeMs) };
}

function barView({ startMs, ...rest }: BarView): MarketBarView {
  return { start: iso(startMs), ...rest };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
