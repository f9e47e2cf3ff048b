import type { AnyEvent } from './event.js';

/** Folds facts. `evolve` judges nothing: permission is `decide`'s business, wherever a command is decided. */
export interface Fold<State, Event extends AnyEvent> {
  readonly initialState: State;
  readonly evolve: (state: State, event: Event) => State;
}

/** One reason why input was refused: which field, which rule, and the value found. */
export interface Problem {
  /** `SCREAMING_CODE` saying what is the case. */
  readonly code: string;
  /** Path in the request, such as `plan.trail.percent`. Empty when no single field is to blame. */
  readonly field: string;
  readonly rule: string;
  readonly value: string;
}

/** Returns the state after all of the facts. */
export function fold<State, Event extends AnyEvent>(
  decider: Fold<State, Event>,
  events: readonly Event[],
): State {
  return events.reduce(decider.evolve, decider.initialState);
}
