import { ApiProperty } from '@nestjs/swagger';
import type { AppliedRate, CurrencyTotal, PnlTotals } from '../pnl-totals.js';

class AppliedRateView implements AppliedRate {
  @ApiProperty({ type: String }) readonly rate!: AppliedRate['rate'];
  @ApiProperty({ type: String }) readonly source!: AppliedRate['source'];
  @ApiProperty({ type: String }) readonly statedAt!: AppliedRate['statedAt'];
  @ApiProperty({ type: Boolean, description: 'It was stated the other way round.' })
  readonly inverted!: AppliedRate['inverted'];
}

class CurrencyTotalView implements CurrencyTotal {
  @ApiProperty({ type: String }) readonly currency!: CurrencyTotal['currency'];
  @ApiProperty({ type: String }) readonly gross!: CurrencyTotal['gross'];
  @ApiProperty({ type: String }) readonly fees!: CurrencyTotal['fees'];
  @ApiProperty({ type: String }) readonly funding!: CurrencyTotal['funding'];
  @ApiProperty({ type: String }) readonly dividends!: CurrencyTotal['dividends'];
  @ApiProperty({ type: String }) readonly net!: CurrencyTotal['net'];
  @ApiProperty({
    type: String,
    description: 'At the last prices; where there is none it is left out.',
  })
  readonly unrealised!: CurrencyTotal['unrealised'];
  @ApiProperty({ type: AppliedRateView, nullable: true })
  readonly rate!: AppliedRateView | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'net + unrealised in the wanted currency.',
  })
  readonly converted!: CurrencyTotal['converted'];
}

export class PnlTotalsView implements PnlTotals {
  @ApiProperty({ type: String }) readonly accountId!: PnlTotals['accountId'];
  @ApiProperty({ type: String }) readonly inCurrency!: PnlTotals['inCurrency'];
  @ApiProperty({ type: CurrencyTotalView, isArray: true })
  readonly currencies!: readonly CurrencyTotalView[];
  @ApiProperty({ type: String, nullable: true, description: 'Null while a rate is missing.' })
  readonly total!: PnlTotals['total'];
  @ApiProperty({ type: String }) readonly asOfPosition!: PnlTotals['asOfPosition'];
}
