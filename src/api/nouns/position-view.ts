import { ObjectType } from '@nestjs/graphql';
import type { PositionRow } from '../../../projections/positions/positions.projection.js';
import { AsOfField, CountField, TextField } from './fields.js';

@ObjectType('Position')
export class PositionView implements PositionRow {
  @TextField()
  readonly positionId!: PositionRow['positionId'];
  @TextField()
  readonly accountId!: PositionRow['accountId'];
  @TextField()
  readonly instrumentId!: PositionRow['instrumentId'];
  @TextField()
  readonly mode!: PositionRow['mode'];
  @TextField()
  readonly origin!: PositionRow['origin'];
  @TextField()
  readonly side!: PositionRow['side'];
  @TextField()
  readonly status!: PositionRow['status'];
  @TextField()
  readonly quantity!: PositionRow['quantity'];
  @TextField()
  readonly openedQuantity!: PositionRow['openedQuantity'];
  @TextField()
  readonly entryPrice!: PositionRow['entryPrice'];
  @TextField()
  readonly quoteCurrency!: PositionRow['quoteCurrency'];
  @TextField()
  readonly realisedPnl!: PositionRow['realisedPnl'];
  @CountField()
  readonly exits!: PositionRow['exits'];
  @TextField({ nullable: true })
  readonly lastExitPrice!: PositionRow['lastExitPrice'];
  @CountField()
  readonly revision!: PositionRow['revision'];
  @TextField()
  readonly openedAt!: PositionRow['openedAt'];
  @TextField({ nullable: true })
  readonly closedAt!: PositionRow['closedAt'];
  @TextField()
  readonly updatedAt!: PositionRow['updatedAt'];
  @AsOfField()
  readonly asOfPosition!: string;
}
