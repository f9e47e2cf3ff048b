/** Virtual time. Whoever has died is not woken again. */
export class ChaosClock {
  now: number;
  private sleepers: { readonly at: number; readonly order: number; readonly wake: () => void }[] =
    [];
  private order = 0;

  constructor(start: number) {
    this.now = start;
  }

  /** Calls back at now + ms. Equal times in the order of asking. */
  in(ms: number, wake: () => void): void {
    this.order += 1;
    const sleeper = { at: this.now + Math.max(0, ms), order: this.order, wake };
    let place = this.sleepers.length;
    while (place > 0 && (this.sleepers[place - 1]?.at ?? 0) > sleeper.at) place -= 1;
    this.sleepers.splice(place, 0, sleeper);
  }

  /** Runs everything up to a time. Promises settle between any two things that happen. */
  async runUntil(end: number): Promise<void> {
    // The next tick comes after all promises only to whom a promise has woken.
    await Promise.resolve();
    for (;;) {
      await new Promise<void>((resolve) => process.nextTick(resolve));
      const next = this.sleepers[0];
      if (!next || next.at > end) break;
      this.sleepers.shift();
      this.now = next.at;
      next.wake();
    }
    this.now = end;
  }
}
