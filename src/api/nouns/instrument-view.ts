import { ObjectType } from '@nestjs/graphql';
import type { InstrumentRow } from '../../../projections/instruments/instruments.projection.js';
import { AsOfField, CountField, JsonField, ListField, NestedField, TextField } from './fields.js';

@ObjectType('LastPrice', { description: 'The newest price the engine has seen.' })
export class LastPriceView {
  @TextField({ description: 'Half-way between bid and ask where the venue shows no prints.' })
  readonly price!: string;
  @TextField({ nullable: true, description: 'Null where the price is a print.' })
  readonly bid!: string | null;
  @TextField({ nullable: true, description: 'Null where the price is a print.' })
  readonly ask!: string | null;
  @TextField() readonly tradeId!: string;
  @TextField() readonly venueTime!: string;
  @TextField() readonly receivedAt!: string;
  @TextField() readonly feed!: string;
  @TextField({ nullable: true, description: 'Name of the recording that the feed replays.' })
  readonly recorded!: string | null;
}

@ObjectType('Instrument')
export class InstrumentView implements InstrumentRow {
  @TextField()
  readonly instrumentId!: InstrumentRow['instrumentId'];
  @CountField()
  readonly instrumentVersion!: InstrumentRow['instrumentVersion'];
  @TextField()
  readonly venue!: InstrumentRow['venue'];
  @TextField()
  readonly symbol!: InstrumentRow['symbol'];
  @TextField()
  readonly priceTick!: InstrumentRow['priceTick'];
  @JsonField({ nullable: true, description: 'Null: the tick is the same at every price.' })
  readonly priceBands!: InstrumentRow['priceBands'];
  @TextField()
  readonly quantityStep!: InstrumentRow['quantityStep'];
  @TextField()
  readonly quoteCurrency!: InstrumentRow['quoteCurrency'];
  @JsonField({ nullable: true, description: 'Null: worth its price in the quote currency.' })
  readonly contract!: InstrumentRow['contract'];
  @TextField({ nullable: true, description: 'Local time with its distance from UTC; null: never.' })
  readonly sessionEnd!: InstrumentRow['sessionEnd'];
  @JsonField({ nullable: true, description: 'Null: nobody has said when it trades.' })
  readonly tradingHours!: InstrumentRow['tradingHours'];
  @ListField(() => String, { description: 'Primary first.' })
  readonly feeds!: InstrumentRow['feeds'];
  @CountField()
  readonly revision!: InstrumentRow['revision'];
  @TextField()
  readonly definedAt!: InstrumentRow['definedAt'];
  @TextField()
  readonly updatedAt!: InstrumentRow['updatedAt'];
  @NestedField(() => LastPriceView, {
    nullable: true,
    description: 'Null before the first price, and while the engine cannot be asked.',
  })
  readonly last!: LastPriceView | null;
  @AsOfField()
  readonly asOfPosition!: string;
}
