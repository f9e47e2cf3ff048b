interface Started<T> {
  readonly place: T;
  isFinished: boolean;
}

/**
 * How far a group is done with its source: everything up to `last` is finished, whatever is finished
 * behind it. Numbers are given in the order of the source and may be finished in any order.
 */
export class Progress<T> {
  /** Place of the last one of those finished without a gap. */
  last: T | undefined;
  /** How many are finished without a gap. */
  finishedCount = 0;
  private next = 0;
  private readonly started = new Map<number, Started<T>>();

  begin(place: T): number {
    this.started.set(this.next, { place, isFinished: false });
    return this.next++;
  }

  finish(no: number): void {
    const known = this.started.get(no);
    if (known === undefined) return;
    known.isFinished = true;
    for (;;) {
      const first = this.started.get(this.finishedCount);
      if (first?.isFinished !== true) return;
      this.started.delete(this.finishedCount++);
      this.last = first.place;
    }
  }
}
