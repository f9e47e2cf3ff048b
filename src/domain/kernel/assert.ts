/** Throws for a history or a state that our own code can never have produced: a bug, not an input. */
export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`Invariant: ${rule}`);
}

/** Makes a switch over a closed union exhaustive at compile time. */
export function unreachable(value: never): never {
  throw new Error(`Invariant: no other case exists, found ${JSON.stringify(value)}`);
}
