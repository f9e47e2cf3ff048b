import { ObjectType } from '@nestjs/graphql';
import type { CoverageRow } from '../../../projections/row-by-list.js';
import { AsOfField, ListField, TextField } from './fields.js';

@ObjectType('Coverage')
export class CoverageView implements CoverageRow {
  @TextField() readonly positionId!: CoverageRow['positionId'];
  @TextField() readonly accountId!: CoverageRow['accountId'];
  @TextField() readonly instrumentId!: CoverageRow['instrumentId'];
  @TextField() readonly mode!: CoverageRow['mode'];
  @TextField() readonly side!: CoverageRow['side'];
  @TextField() readonly quantity!: CoverageRow['quantity'];
  @TextField({
    description:
      'By armed stops that have a level: one of targets or times alone, or not yet activated, covers nothing.',
  })
  readonly coveredQuantity!: CoverageRow['coveredQuantity'];
  @TextField({ description: 'Under way out: triggered stops and their orders.' })
  readonly exitingQuantity!: CoverageRow['exitingQuantity'];
  @TextField({ description: 'Neither covered nor exiting: unprotected.' })
  readonly uncoveredQuantity!: CoverageRow['uncoveredQuantity'];
  @ListField(() => String)
  readonly stopIds!: CoverageRow['stopIds'];
  @AsOfField()
  readonly asOfPosition!: string;
}
