import type { Fact } from '../domain/facts.js';
import type { InputRef } from '../domain/kernel/units.js';
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

export interface StepResult {
  readonly decisions: readonly Decision[];
  readonly result?: CommandResult;
}
