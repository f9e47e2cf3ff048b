import { ObjectType } from '@nestjs/graphql';
import type {
  BarView,
  BookView,
  MarketView,
  QuarantinedPrice,
  RefusedFrame,
} from '../../application/ports/market-gateway.port.js';
import { CountField, LargeCountField, ListField, NestedField, TextField } from './fields.js';

const BARS = 'Oldest first; where prices are pushed, the newest two.';

@ObjectType('QuarantinedPrice', {
  description: 'A price that the gate holds back. All of them are on the tape.',
})
export class QuarantinedPriceView {
  @TextField() readonly reason!: QuarantinedPrice['reason'];
  @TextField() readonly instrumentId!: string;
  @TextField({ description: 'A quote is shown as `bid/ask`.' }) readonly price!: string;
  @TextField({ description: 'Trade id, or the sequence of a quote.' }) readonly id!: string;
  @TextField() readonly venueTime!: string;
  @TextField() readonly receivedAt!: string;
}

@ObjectType('RefusedFrame', {
  description: 'A frame that could not be read. It changes nothing and is on no tape.',
})
export class RefusedFrameView {
  @TextField() readonly reason!: RefusedFrame['reason'];
  @TextField({ description: 'Its first 200 characters.' }) readonly sample!: RefusedFrame['sample'];
  @TextField() readonly receivedAt!: string;
}

@ObjectType('Bar')
export class MarketBarView {
  @TextField({ description: 'Start of the interval.' }) readonly start!: string;
  @TextField() readonly open!: BarView['open'];
  @TextField() readonly high!: BarView['high'];
  @TextField() readonly low!: BarView['low'];
  @TextField() readonly close!: BarView['close'];
  @CountField() readonly prices!: BarView['prices'];
}

@ObjectType('TickPrice')
export class TickPriceView {
  @TextField() readonly price!: string;
  @TextField() readonly size!: string;
  @TextField() readonly tradeId!: string;
  @TextField() readonly venueTime!: string;
  @TextField() readonly feed!: string;
}

@ObjectType('BestQuote')
export class BestQuoteView {
  @TextField() readonly bid!: string;
  @TextField() readonly bidSize!: string;
  @TextField() readonly ask!: string;
  @TextField() readonly askSize!: string;
  @TextField() readonly venueTime!: string;
  @TextField() readonly feed!: string;
}

@ObjectType('MarkPrice')
export class MarkPriceView {
  @TextField() readonly price!: string;
  @TextField() readonly venueTime!: string;
  @TextField() readonly feed!: string;
}

@ObjectType('DayRange')
export class DayRangeView {
  @TextField() readonly start!: string;
  @TextField() readonly high!: string;
  @TextField() readonly low!: string;
}

@ObjectType('Market', {
  description:
    'What the prices of an instrument came to, as the engine sees it now. Without a position of the log.',
})
export class InstrumentMarketView {
  @TextField() readonly instrumentId!: string;
  @LargeCountField({ description: 'Rises with every price.' }) readonly version!: number;
  @NestedField(() => TickPriceView, { nullable: true }) readonly last!: TickPriceView | null;
  @NestedField(() => BestQuoteView, { nullable: true }) readonly book!: BestQuoteView | null;
  @NestedField(() => MarkPriceView, {
    nullable: true,
    description: "The venue's mark price, where it is followed.",
  })
  readonly mark!: MarkPriceView | null;
  @NestedField(() => DayRangeView, { description: 'Of the UTC day of the newest price.' })
  readonly day!: DayRangeView;
  @ListField(() => MarketBarView, { description: BARS, rowsMax: 240 })
  readonly bars1m!: readonly MarketBarView[];
  @ListField(() => MarketBarView, { description: BARS, rowsMax: 288 })
  readonly bars5m!: readonly MarketBarView[];
}

@ObjectType('BookLevel')
export class BookLevelView {
  @TextField() readonly price!: string;
  @TextField() readonly size!: string;
}

@ObjectType('TakerEstimate', {
  description: 'What an order that takes from the book at once would get.',
})
export class TakerEstimateView {
  @TextField({ description: '`sell` or `buy`.' })
  readonly side!: BookView['estimates'][number]['side'];
  @TextField() readonly quantity!: string;
  @TextField({ description: 'Less where the book holds no more.' })
  readonly filledQuantity!: string;
  @TextField() readonly averagePrice!: string;
  @TextField() readonly worstPrice!: string;
  @TextField({ description: 'Average against the best price.' }) readonly slippageBps!: string;
}

@ObjectType('Book', { description: 'The order book at the feed that decides.' })
export class InstrumentBookView {
  @TextField() readonly instrumentId!: string;
  @TextField() readonly feed!: string;
  @TextField({ description: "The venue's number of the newest change." })
  readonly sequence!: string;
  @TextField() readonly venueTime!: string;
  @ListField(() => BookLevelView, { description: 'The best first.' })
  readonly bids!: readonly BookLevelView[];
  @ListField(() => BookLevelView) readonly asks!: readonly BookLevelView[];
  @ListField(() => TakerEstimateView, { description: 'None where no `quantity` was asked for.' })
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
