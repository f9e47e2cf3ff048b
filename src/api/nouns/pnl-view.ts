import { ObjectType } from '@nestjs/graphql';
import type { PricedPnl } from '../pricing.js';
import { AsOfField, CountField, TextField } from './fields.js';

@ObjectType('Pnl')
export class PnlView implements PricedPnl {
  @TextField()
  readonly pnlId!: PricedPnl['pnlId'];
  @TextField()
  readonly accountId!: PricedPnl['accountId'];
  @TextField({ nullable: true })
  readonly instrumentId!: PricedPnl['instrumentId'];
  @TextField()
  readonly currency!: PricedPnl['currency'];
  @TextField({ description: '`all`, `day` or `week` (from Monday), in UTC.' })
  readonly span!: PricedPnl['span'];
  @TextField({ nullable: true, description: 'First day; null for `all`.' })
  readonly startsOn!: PricedPnl['startsOn'];
  @TextField({ description: 'How the account counts: `fifo` or `average`.' })
  readonly costBasis!: PricedPnl['costBasis'];
  @TextField({ description: 'Realised before fees, by the cost basis of the account.' })
  readonly gross!: PricedPnl['gross'];
  @TextField({ description: 'Realised before fees, the oldest sold first.' })
  readonly realisedFifo!: PricedPnl['realisedFifo'];
  @TextField({ description: 'Realised before fees, at average cost.' })
  readonly realisedAverage!: PricedPnl['realisedAverage'];
  @TextField()
  readonly fees!: PricedPnl['fees'];
  @TextField()
  readonly funding!: PricedPnl['funding'];
  @TextField()
  readonly dividends!: PricedPnl['dividends'];
  @TextField({ description: 'gross - fees + funding + dividends' })
  readonly net!: PricedPnl['net'];
  @CountField()
  readonly exits!: PricedPnl['exits'];
  @CountField()
  readonly closedTrades!: PricedPnl['closedTrades'];
  @TextField({ nullable: true, description: 'Below zero for a short.' })
  readonly openQuantity!: PricedPnl['openQuantity'];
  @TextField({
    nullable: true,
    description: 'At the last price; null when one is needed and none is known.',
  })
  readonly unrealised!: PricedPnl['unrealised'];
  @TextField({ nullable: true, description: 'The price that `unrealised` rests on.' })
  readonly lastPrice!: PricedPnl['lastPrice'];
  @TextField()
  readonly updatedAt!: PricedPnl['updatedAt'];
  @AsOfField()
  readonly asOfPosition!: string;
}
