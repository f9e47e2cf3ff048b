export type InternedEntry<T> = readonly [key: string, value: T];

/** Values that many rows have in common, each kept once and named by a small number. */
export class Interned<T> {
  private readonly numbers = new Map<string, number>();
  private readonly values: T[] = [];

  /** The number of what the key says; `make` is asked when it is new. */
  numberOf(key: string, make: () => T): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.values.length);
    this.values.push(make());
    return this.values.length - 1;
  }

  get entries(): readonly InternedEntry<T>[] {
    return [...this.numbers].map(([key, number]) => [key, this.at(number)]);
  }

  /** Takes over the entries of another, numbers and all. Only into an empty one. */
  load(entries: readonly InternedEntry<T>[]): void {
    for (const [key, value] of entries) this.numberOf(key, () => value);
  }

  at(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new Error(`Invariant: ${number} was interned`);
    return value;
  }
}
