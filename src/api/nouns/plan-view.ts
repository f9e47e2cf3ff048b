import { ObjectType } from '@nestjs/graphql';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { Dialect } from '../../domain/stop/dialect.js';
import type {
  ExitPolicy,
  ExitTimeInForce,
  StopPlan,
  TriggerBy,
} from '../../domain/stop/stop-plan.js';
import { CountField, FlagField, ListField, NestedField, TextField } from './fields.js';

@ObjectType('AverageRange', { description: "A multiple of Wilder's average true range." })
export class AverageRangeView {
  @CountField() readonly period!: number;
  @TextField() readonly multiple!: DecimalText;
  @TextField() readonly interval!: string;
}

@ObjectType('BarMeasure', { description: 'Measured over the newest bars, without a multiple.' })
export class BarMeasureView {
  @CountField() readonly period!: number;
  @TextField() readonly interval!: string;
}

@ObjectType('TrailDistance', { description: 'Exactly one of the forms.' })
export class TrailDistanceView {
  @TextField({ optional: true }) readonly amount?: DecimalText;
  @TextField({ optional: true }) readonly percent?: DecimalText;
  @TextField({ optional: true }) readonly bps?: DecimalText;
  @CountField({ optional: true }) readonly ticks?: number;
  @NestedField(() => AverageRangeView, { optional: true }) readonly atr?: AverageRangeView;
  @NestedField(() => AverageRangeView, { optional: true }) readonly chandelier?: AverageRangeView;
  @NestedField(() => BarMeasureView, { optional: true }) readonly donchian?: BarMeasureView;
  @NestedField(() => BarMeasureView, { optional: true }) readonly ema?: BarMeasureView;
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
  @NestedField(() => TrailDistanceView, { optional: true }) readonly offset?: TrailDistanceView;
  @TextField({ optional: true }) readonly price?: DecimalText;
  @TextField({ optional: true }) readonly unfilledAfter?: string;
  @TextField() readonly then!: NonNullable<StopPlan['limit']>['then'];
}

@ObjectType('ExitPolicy', { description: 'How what the stop lets go leaves.' })
export class ExitPolicyView {
  @TextField() readonly type!: ExitPolicy['type'];
  @NestedField(() => TrailDistanceView, { optional: true }) readonly collar?: TrailDistanceView;
  @TextField({ optional: true }) readonly timeInForce?: ExitTimeInForce;
  @TextField({ optional: true }) readonly unfilledAfter?: string;
}

@ObjectType('Insurance', { description: 'A stop at the venue behind the one of the engine.' })
export class InsuranceView {
  @NestedField(() => TrailDistanceView) readonly margin!: TrailDistanceView;
  @NestedField(() => TrailDistanceView) readonly step!: TrailDistanceView;
  @FlagField({ optional: true, description: 'The target rests there with it, as one order.' })
  readonly withTarget?: true;
}

@ObjectType('TimeStop')
export class TimeStopView {
  @TextField() readonly after!: string;
  @FlagField() readonly unlessInProfit!: boolean;
  @TextField({ optional: true }) readonly then?: 'exit' | 'expire';
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
  @TextField({ optional: true }) readonly trailTouch?: NonNullable<Dialect['trailTouch']>;
  @TextField({ optional: true }) readonly trailBy?: NonNullable<Dialect['trailBy']>;
  @TextField({ optional: true }) readonly activate?: NonNullable<Dialect['activate']>;
  @TextField({ optional: true }) readonly stepping?: NonNullable<Dialect['stepping']>;
  @TextField({ optional: true }) readonly limitFrom?: NonNullable<Dialect['limitFrom']>;
  @TextField({ optional: true }) readonly inBar?: NonNullable<Dialect['inBar']>;
  @TextField({ optional: true }) readonly timing?: NonNullable<Dialect['timing']>;
  @TextField({ optional: true }) readonly unreachable?: NonNullable<Dialect['unreachable']>;
}

@ObjectType('StopPlan')
export class StopPlanView {
  @TextField({ optional: true }) readonly stop?: DecimalText;
  @NestedField(() => TrailDistanceView, { optional: true }) readonly trail?: TrailDistanceView;
  @NestedField(() => TighteningView, { optional: true }) readonly tighten?: TighteningView;
  @TextField({ optional: true }) readonly activation?: DecimalText;
  @TextField({ optional: true }) readonly step?: DecimalText;
  @NestedField(() => BreakEvenView, { optional: true }) readonly breakEven?: BreakEvenView;
  @ListField(() => TargetView, { optional: true }) readonly targets?: readonly TargetView[];
  @NestedField(() => LimitExitView, { optional: true }) readonly limit?: LimitExitView;
  @NestedField(() => ExitPolicyView, { optional: true }) readonly exit?: ExitPolicyView;
  @NestedField(() => InsuranceView, { optional: true }) readonly insurance?: InsuranceView;
  @NestedField(() => TimeStopView, { optional: true }) readonly timeStop?: TimeStopView;
  @NestedField(() => SessionEndView, { optional: true }) readonly sessionEnd?: SessionEndView;
  @TextField() readonly triggerBy!: TriggerBy;
  @TextField({ optional: true }) readonly confirm?: 'single' | 'double';
  @NestedField(() => DialectView) readonly dialect!: DialectView;
}
