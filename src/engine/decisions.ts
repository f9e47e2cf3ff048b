import type { Fact } from '../domain/facts.js';
import type { Cause } from '../domain/kernel/event.js';
import type { DecimalText, InputRef } from '../domain/kernel/units.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import type { CommandRejected } from './engine-commands.js';

/** One fact that the engine decided, with all that its append needs. */
export interface Decision {
  readonly streamId: string;
  readonly fact: Fact;
  /** 0-based revision the stream must have before the append; -1 when it must not exist. */
  readonly expectedRevision: number;
  readonly input: InputRef;
  /** Place among the decisions of its input. With the input it makes the event id. */
  readonly index: number;
  /** Index of the decision of the same input that must be durable before this one is appended. */
  readonly after?: number;
  readonly commandId?: string;
  readonly requestHash?: string;
  readonly actor: string;
}

/** What a command came to. Accepted commands are answered once their decisions are durable. */
export type CommandResult =
  { readonly kind: 'accepted'; readonly id: string; readonly streamId: string } | CommandRejected;

/** Where a stop would stand if it were armed now, and whether the newest price would fire it at once. */
export interface ArmTrial {
  readonly kind: 'would-arm';
  readonly quantity: DecimalText;
  readonly plan: StopPlan;
  readonly track: StopTrack;
  readonly activated: boolean;
  readonly firesNow: boolean;
  /** The price that it was judged at; null when none has been seen. */
  readonly reference: Cause | null;
}

export interface StepResult {
  readonly decisions: readonly Decision[];
  readonly result?: CommandResult;
}
