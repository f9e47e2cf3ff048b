type Result<Item> = IteratorResult<Item, undefined>;

interface Source<Given> {
  next(): Promise<IteratorResult<Given, undefined>>;
  return(): Promise<unknown>;
}

/**
 * What becomes of the items of a source that is pulled: one is made at a time, and only when it is asked for. Unlike a
 * generator it ends at once when it is returned from, also while it waits for the source.
 */
export class ToldItems<Given, Item> implements AsyncIterableIterator<Item, undefined> {
  private hasEnded = false;

  constructor(
    private readonly source: Source<Given>,
    private readonly terms: {
      /** Undefined: this one tells nothing. */
      readonly told: (given: Given) => Promise<Item | undefined> | Item | undefined;
      /** The last item, when one cannot be made. */
      readonly failed: (error: unknown) => Item;
    },
  ) {}

  async next(): Promise<Result<Item>> {
    try {
      while (!this.hasEnded) {
        const { value, done } = await this.source.next();
        if (done) break;
        const item = await this.terms.told(value);
        if (item !== undefined) return { value: item, done: false };
      }
    } catch (error) {
      await this.return();
      return { value: this.terms.failed(error), done: false };
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<Result<Item>> {
    this.hasEnded = true;
    await this.source.return();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
