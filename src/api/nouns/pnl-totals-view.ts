import { ObjectType } from '@nestjs/graphql';
import type { AppliedRate, CurrencyTotal, PnlTotals } from '../pnl-totals.js';
import { FlagField, ListField, NestedField, TextField } from './fields.js';

@ObjectType('AppliedRate')
export class AppliedRateView implements AppliedRate {
  @TextField() readonly rate!: AppliedRate['rate'];
  @TextField() readonly source!: AppliedRate['source'];
  @TextField() readonly statedAt!: AppliedRate['statedAt'];
  @FlagField({ description: 'It was stated the other way round.' })
  readonly inverted!: AppliedRate['inverted'];
}

@ObjectType('CurrencyTotal')
export class CurrencyTotalView implements CurrencyTotal {
  @TextField() readonly currency!: CurrencyTotal['currency'];
  @TextField() readonly gross!: CurrencyTotal['gross'];
  @TextField() readonly fees!: CurrencyTotal['fees'];
  @TextField() readonly funding!: CurrencyTotal['funding'];
  @TextField() readonly dividends!: CurrencyTotal['dividends'];
  @TextField() readonly net!: CurrencyTotal['net'];
  @TextField({ description: 'At the last prices; where there is none it is left out.' })
  readonly unrealised!: CurrencyTotal['unrealised'];
  @NestedField(() => AppliedRateView, { nullable: true })
  readonly rate!: AppliedRateView | null;
  @TextField({ nullable: true, description: 'net + unrealised in the wanted currency.' })
  readonly converted!: CurrencyTotal['converted'];
}

@ObjectType('PnlTotals')
export class PnlTotalsView implements PnlTotals {
  @TextField() readonly accountId!: PnlTotals['accountId'];
  @TextField() readonly inCurrency!: PnlTotals['inCurrency'];
  @ListField(() => CurrencyTotalView) readonly currencies!: readonly CurrencyTotalView[];
  @TextField({ nullable: true, description: 'Null while a rate is missing.' })
  readonly total!: PnlTotals['total'];
  @TextField() readonly asOfPosition!: PnlTotals['asOfPosition'];
}
