import { ObjectType } from '@nestjs/graphql';
import type { AccountRow } from '../../../projections/accounts/accounts.projection.js';
import { AsOfField, CountField, TextField } from './fields.js';

@ObjectType('Account')
export class AccountView implements AccountRow {
  @TextField()
  readonly accountId!: AccountRow['accountId'];
  @TextField()
  readonly broker!: AccountRow['broker'];
  @TextField()
  readonly mode!: AccountRow['mode'];
  @TextField()
  readonly currency!: AccountRow['currency'];
  @TextField({ description: 'How its P&L is counted: `fifo` or `average`.' })
  readonly costBasis!: AccountRow['costBasis'];
  @TextField({ description: 'Whether it may enter: `open`, `halted` or `killed`.' })
  readonly trading!: AccountRow['trading'];
  @TextField({ nullable: true })
  readonly tradingReason!: AccountRow['tradingReason'];
  @CountField()
  readonly revision!: AccountRow['revision'];
  @TextField()
  readonly openedAt!: AccountRow['openedAt'];
  @TextField()
  readonly updatedAt!: AccountRow['updatedAt'];
  @AsOfField()
  readonly asOfPosition!: string;
}
