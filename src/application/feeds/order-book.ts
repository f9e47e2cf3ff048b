export type BookSide = 'bid' | 'ask';

export interface BookLevel {
  /** On the instrument's price scale. */
  readonly priceUnits: number;
  /** Canonical decimal text, above 0. */
  readonly size: string;
}

/** So many prices of a side are kept; what lies further from the market is given up first. */
export const LEVELS_MAX = 5_000;

/** Prices of one side, the best last: most changes are near the market, and so near the end. */
class Ladder {
  readonly prices: number[] = [];
  readonly sizes: string[] = [];

  constructor(private readonly sign: 1 | -1) {}

  /** Size `0` takes the price away. */
  set(priceUnits: number, size: string): void {
    const place = this.placeOf(priceUnits);
    const isThere = this.prices[place] === priceUnits;
    if (size === '0') {
      if (!isThere) return;
      this.prices.splice(place, 1);
      this.sizes.splice(place, 1);
    } else if (isThere) {
      this.sizes[place] = size;
    } else {
      this.prices.splice(place, 0, priceUnits);
      this.sizes.splice(place, 0, size);
      if (this.prices.length <= LEVELS_MAX) return;
      this.prices.shift();
      this.sizes.shift();
    }
  }

  clear(): void {
    this.prices.length = 0;
    this.sizes.length = 0;
  }

  /** From the best on. */
  level(rank: number): BookLevel | undefined {
    const place = this.prices.length - 1 - rank;
    const priceUnits = this.prices[place];
    const size = this.sizes[place];
    return priceUnits === undefined || size === undefined ? undefined : { priceUnits, size };
  }

  /** Place of the first price that is not worse. */
  private placeOf(priceUnits: number): number {
    let low = 0;
    let high = this.prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.prices[middle] ?? 0) - priceUnits) * this.sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * What rests at a venue for one instrument, price by price, as far as its feed has told.
 *
 *     void ──whole book──► sound ──change──► sound ──a change is missing──► void
 *
 * While it is void it says nothing about the market. Cost of a change: a search, and a move of what is nearer to the
 * market.
 */
export class OrderBook {
  isSound = false;
  /** The venue's number of the newest change. */
  sequence = '';
  venueTimeMs = 0;
  private readonly bids = new Ladder(1);
  private readonly asks = new Ladder(-1);

  set(side: BookSide, priceUnits: number, size: string): void {
    this.ladder(side).set(priceUnits, size);
  }

  /** Nothing is known any more. */
  clear(): void {
    this.isSound = false;
    this.bids.clear();
    this.asks.clear();
  }

  best(side: BookSide): BookLevel | undefined {
    return this.ladder(side).level(0);
  }

  /** From the best on. */
  *levels(side: BookSide): Generator<BookLevel> {
    const ladder = this.ladder(side);
    for (let rank = 0; ; rank += 1) {
      const level = ladder.level(rank);
      if (!level) return;
      yield level;
    }
  }

  depth(side: BookSide): number {
    return this.ladder(side).prices.length;
  }

  /** A bid at or above an ask would have traded: a change was missed, or the venue is not to be believed. */
  get isCrossed(): boolean {
    const bid = this.best('bid');
    const ask = this.best('ask');
    return bid !== undefined && ask !== undefined && bid.priceUnits >= ask.priceUnits;
  }

  private ladder(side: BookSide): Ladder {
    return side === 'bid' ? this.bids : this.asks;
  }
}
