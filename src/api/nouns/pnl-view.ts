import { ObjectType } from '@nestjs/graphql';
import type { PnlRow } from '../../../projections/pnl/pnl.projection.js';
import { CountField, TextField } from './fields.js';

@ObjectType('Pnl')
export class PnlView implements PnlRow {
  @TextField()
  readonly pnlId!: PnlRow['pnlId'];
  @TextField()
  readonly accountId!: PnlRow['accountId'];
  @TextField()
  readonly instrumentId!: PnlRow['instrumentId'];
  @TextField()
  readonly currency!: PnlRow['currency'];
  @TextField()
  readonly gross!: PnlRow['gross'];
  @TextField()
  readonly fees!: PnlRow['fees'];
  @TextField()
  readonly net!: PnlRow['net'];
  @CountField()
  readonly exits!: PnlRow['exits'];
  @CountField()
  readonly closedTrades!: PnlRow['closedTrades'];
  @TextField()
  readonly updatedAt!: PnlRow['updatedAt'];
  @TextField({ description: 'The log position that the answer is valid at.' })
  readonly asOfPosition!: string;
}
