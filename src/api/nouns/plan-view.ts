import { ObjectType } from '@nestjs/graphql';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { Dialect, TriggerBy } from '../../domain/stop/stop-plan.js';
import { CountField, ListField, NestedField, TextField } from './fields.js';

@ObjectType('TrailDistance', { description: 'Exactly one of the forms.' })
export class TrailDistanceView {
  @TextField({ nullable: true }) readonly amount?: DecimalText;
  @TextField({ nullable: true }) readonly percent?: DecimalText;
  @TextField({ nullable: true }) readonly bps?: DecimalText;
  @CountField({ nullable: true }) readonly ticks?: number;
}

@ObjectType('Target')
export class TargetView {
  @TextField() readonly price!: DecimalText;
  @TextField() readonly portion!: DecimalText;
}

@ObjectType('Dialect')
export class DialectView implements Dialect {
  @TextField() readonly name!: string;
  @TextField() readonly touch!: Dialect['touch'];
  @TextField() readonly order!: Dialect['order'];
  @TextField() readonly percentOf!: Dialect['percentOf'];
  @TextField() readonly rounding!: Dialect['rounding'];
  @TextField() readonly throughMarket!: Dialect['throughMarket'];
}

@ObjectType('StopPlan')
export class StopPlanView {
  @TextField({ nullable: true }) readonly stop?: DecimalText;
  @NestedField(() => TrailDistanceView, { nullable: true }) readonly trail?: TrailDistanceView;
  @TextField({ nullable: true }) readonly activation?: DecimalText;
  @TextField({ nullable: true }) readonly step?: DecimalText;
  @ListField(() => TargetView, { nullable: true }) readonly targets?: readonly TargetView[];
  @TextField() readonly triggerBy!: TriggerBy;
  @NestedField(() => DialectView) readonly dialect!: DialectView;
}
