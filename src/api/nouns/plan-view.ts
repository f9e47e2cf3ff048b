import { ObjectType } from '@nestjs/graphql';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { Dialect } from '../../domain/stop/dialect.js';
import type { StopPlan, TriggerBy } from '../../domain/stop/stop-plan.js';
import { CountField, FlagField, ListField, NestedField, TextField } from './fields.js';

@ObjectType('AverageRange', { description: "A multiple of Wilder's average true range." })
export class AverageRangeView {
  @CountField() readonly period!: number;
  @TextField() readonly multiple!: DecimalText;
  @TextField() readonly interval!: string;
}

@ObjectType('TrailDistance', { description: 'Exactly one of the forms.' })
export class TrailDistanceView {
  @TextField({ nullable: true }) readonly amount?: DecimalText;
  @TextField({ nullable: true }) readonly percent?: DecimalText;
  @TextField({ nullable: true }) readonly bps?: DecimalText;
  @CountField({ nullable: true }) readonly ticks?: number;
  @NestedField(() => AverageRangeView, { nullable: true }) readonly atr?: AverageRangeView;
}

@ObjectType('Tightening')
export class TighteningView {
  @TextField() readonly from!: DecimalText;
  @TextField() readonly touch!: NonNullable<StopPlan['tighten']>['touch'];
  @NestedField(() => TrailDistanceView) readonly trail!: TrailDistanceView;
}

@ObjectType('BreakEven')
export class BreakEvenView {
  @TextField() readonly trigger!: DecimalText;
  @TextField() readonly offset!: DecimalText;
}

@ObjectType('LimitExit')
export class LimitExitView {
  @NestedField(() => TrailDistanceView, { nullable: true }) readonly offset?: TrailDistanceView;
  @TextField({ nullable: true }) readonly price?: DecimalText;
  @TextField({ nullable: true }) readonly unfilledAfter?: string;
  @TextField() readonly then!: NonNullable<StopPlan['limit']>['then'];
}

@ObjectType('TimeStop')
export class TimeStopView {
  @TextField() readonly after!: string;
  @FlagField() readonly unlessInProfit!: boolean;
  @TextField({ nullable: true }) readonly then?: 'exit' | 'expire';
}

@ObjectType('SessionEnd')
export class SessionEndView {
  @TextField() readonly before!: string;
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
  @TextField({ nullable: true }) readonly trailTouch?: NonNullable<Dialect['trailTouch']>;
  @TextField({ nullable: true }) readonly trailBy?: NonNullable<Dialect['trailBy']>;
  @TextField({ nullable: true }) readonly activate?: NonNullable<Dialect['activate']>;
  @TextField({ nullable: true }) readonly stepping?: NonNullable<Dialect['stepping']>;
  @TextField({ nullable: true }) readonly limitFrom?: NonNullable<Dialect['limitFrom']>;
  @TextField({ nullable: true }) readonly inBar?: NonNullable<Dialect['inBar']>;
  @TextField({ nullable: true }) readonly timing?: NonNullable<Dialect['timing']>;
  @TextField({ nullable: true }) readonly unreachable?: NonNullable<Dialect['unreachable']>;
}

@ObjectType('StopPlan')
export class StopPlanView {
  @TextField({ nullable: true }) readonly stop?: DecimalText;
  @NestedField(() => TrailDistanceView, { nullable: true }) readonly trail?: TrailDistanceView;
  @NestedField(() => TighteningView, { nullable: true }) readonly tighten?: TighteningView;
  @TextField({ nullable: true }) readonly activation?: DecimalText;
  @TextField({ nullable: true }) readonly step?: DecimalText;
  @NestedField(() => BreakEvenView, { nullable: true }) readonly breakEven?: BreakEvenView;
  @ListField(() => TargetView, { nullable: true }) readonly targets?: readonly TargetView[];
  @NestedField(() => LimitExitView, { nullable: true }) readonly limit?: LimitExitView;
  @NestedField(() => TimeStopView, { nullable: true }) readonly timeStop?: TimeStopView;
  @NestedField(() => SessionEndView, { nullable: true }) readonly sessionEnd?: SessionEndView;
  @TextField() readonly triggerBy!: TriggerBy;
  @TextField({ nullable: true }) readonly confirm?: 'single' | 'double';
  @NestedField(() => DialectView) readonly dialect!: DialectView;
}
