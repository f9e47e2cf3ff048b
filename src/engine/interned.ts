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

  at(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new Error(`Invariant: ${number} was interned`);
    return value;
  }
}
