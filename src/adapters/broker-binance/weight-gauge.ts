import type { BinanceMarketName } from './binance.messages.js';

/** What a call is for: the less urgent, the earlier it is kept back. */
export type Urgency = 'exit' | 'look-up' | 'list';

// Share of a minute's weight that may be used up when a call of this urgency is still made.
const SHARE: Readonly<Record<Urgency, number>> = { exit: Infinity, 'look-up': 0.95, list: 0.8 };
const MINUTE_MS = 60_000;

/**
 * How much of what the venue grants was used, by its own headers. They count for the whole address of ours, other
 * programs too, which our own counting would not see.
 */
export class WeightGauge {
  limitPerMinute: number;
  /** By header, such as `order-count-10s`. */
  readonly used = new Map<string, number>();
  private minute = -1;

  constructor(
    market: BinanceMarketName,
    private readonly clock: () => number,
  ) {
    this.limitPerMinute = market === 'spot' ? 6_000 : 2_400;
  }

  read(headers: Headers): void {
    headers.forEach((value, name) => {
      const what = /^x-mbx-(used-weight-\w+|order-count-\w+)$/.exec(name)?.[1];
      if (what !== undefined && /^\d+$/.test(value)) this.used.set(what, Number(value));
      if (what === 'used-weight-1m') this.minute = Math.floor(this.clock() / MINUTE_MS);
    });
  }

  /** 0, or the rest of the minute when a call of this urgency has to wait for the next one. */
  waitMs(urgency: Urgency): number {
    const now = this.clock();
    if (Math.floor(now / MINUTE_MS) !== this.minute) return 0;
    const used = this.used.get('used-weight-1m') ?? 0;
    return used < this.limitPerMinute * SHARE[urgency] ? 0 : MINUTE_MS - (now % MINUTE_MS);
  }
}
