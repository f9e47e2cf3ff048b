import { BackOff } from '../../application/feeds/back-off.js';
import { FeedLine } from '../../application/feeds/feed-line.js';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';
import type {
  FeedInstrument,
  FeedSink,
  MarketFeed,
} from '../../application/ports/market-feed.port.js';
import type { SnapshotTransport } from '../../application/ports/snapshot-transport.port.js';
import type { FeedTime } from '../../application/ports/stream-transport.port.js';
import type { QuoteTick } from '../../engine/tick.js';
import { readMt5Price } from './mt5-price.parse.js';

export interface Mt5FeedOptions {
  readonly id: string;
  /** Such as `https://mt-client-api-v1.london.agiliumtrade.ai`: each region has one. */
  readonly url: string;
  /** MetaApi's id of the account whose terminal quotes; not its login. */
  readonly accountId: string;
  /** How often each symbol is asked for. */
  readonly pollMs: number;
  readonly transport: SnapshotTransport;
  readonly time: FeedTime;
}

interface Asked {
  readonly instrument: FeedInstrument;
  readonly backOff: BackOff;
  seen: QuoteTick | undefined;
  cancel: () => void;
}

const WAIT_MS_MAX = 30_000;
// The newest quote of a market that is closed is of its last day: nothing must act on it.
const FIRST_AGE_MS_MAX = 60_000;

/**
 * Best bid and ask of a MetaTrader terminal, asked for again and again over MetaApi's REST: a stop reacts at the next
 * answer, not at every quote of the terminal. Told are quotes that have changed.
 */
export class Mt5Feed implements MarketFeed {
  readonly id: string;
  readonly numbering: string;
  readonly lacks = ['ltp', 'depth', 'mark'] as const;
  private readonly asked = new Map<string, Asked>();
  private readonly line: FeedLine;
  private state: 'new' | 'started' | 'connected' | 'lost' | 'closed' = 'new';

  constructor(private readonly options: Mt5FeedOptions) {
    this.id = options.id;
    this.numbering = options.id;
    this.line = new FeedLine(options.id, options.url);
  }

  start(sink: FeedSink): void {
    this.line.attach(sink);
    this.state = 'started';
    for (const one of this.asked.values()) this.plan(one, 0);
  }

  follow(instruments: readonly FeedInstrument[]): void {
    const { pollMs: msFirst, time } = this.options;
    for (const instrument of instruments) {
      if (this.asked.has(instrument.instrumentId)) continue;
      const backOff = new BackOff({ msFirst, msMax: WAIT_MS_MAX }, time.random);
      const one = { instrument, backOff, seen: undefined, cancel: () => undefined };
      this.asked.set(instrument.instrumentId, one);
      if (this.state !== 'new') this.plan(one, 0);
    }
  }

  unfollow(instrumentIds: readonly string[]): void {
    for (const instrumentId of instrumentIds) {
      this.asked.get(instrumentId)?.cancel();
      this.asked.delete(instrumentId);
    }
  }

  close(): Promise<void> {
    this.state = 'closed';
    this.unfollow([...this.asked.keys()]);
    this.line.close();
    return Promise.resolve();
  }

  health(): FeedHealth {
    return this.line.health();
  }

  private plan(one: Asked, ms: number): void {
    one.cancel = this.options.time.schedule(ms, () => void this.ask(one));
  }

  private async ask(one: Asked): Promise<void> {
    const { pollMs, time, transport } = this.options;
    const beganAtMs = time.clock();
    let waitMs: number;
    try {
      const { status, text, retryAfterMs } = await transport.get(this.addressOf(one.instrument));
      if (!this.isFollowed(one)) return;
      waitMs = status === 200 ? this.take(one, text) : this.fail(one, `answered ${status}`);
      waitMs = Math.max(waitMs, retryAfterMs ?? 0);
    } catch (error) {
      if (!this.isFollowed(one)) return;
      waitMs = this.fail(one, error instanceof Error ? error.message : String(error));
    }
    this.plan(one, Math.max(waitMs, pollMs - (time.clock() - beganAtMs)));
  }

  /** What the venue has answered that it can be reached, whatever it says of this symbol. */
  private take(one: Asked, text: string): number {
    const { id, time } = this.options;
    one.backOff.succeeded();
    if (this.state !== 'connected') {
      this.state = 'connected';
      this.line.connected(null);
    }
    const price = readMt5Price(text, one.instrument, { feed: id, receivedAtMs: time.clock() });
    if (price.kind === 'refused') this.line.refuse(price.reason, text);
    else this.tell(one, price.tick);
    return 0;
  }

  private tell(one: Asked, tick: QuoteTick): void {
    const { seen } = one;
    one.seen = tick;
    const isOld = !seen && tick.receivedAtMs - tick.venueTimeMs > FIRST_AGE_MS_MAX;
    if (!isOld && (!seen || !isSame(seen, tick))) this.line.tick(tick);
  }

  /** A symbol that the terminal does not have is no loss of the others. */
  private fail(one: Asked, reason: string): number {
    if (/^answered (400|404)$/.test(reason)) {
      this.line.refuse('symbol-refused', `${one.instrument.symbol}: ${reason}`);
    } else if (this.state !== 'lost') {
      this.state = 'lost';
      this.line.lost(reason);
    }
    return one.backOff.next();
  }

  /** Not that it was let go while its answer was on the way. */
  private isFollowed(one: Asked): boolean {
    return this.asked.get(one.instrument.instrumentId) === one;
  }

  private addressOf({ symbol }: FeedInstrument): string {
    const { url, accountId } = this.options;
    const account = `${url}/users/current/accounts/${encodeURIComponent(accountId)}`;
    return `${account}/symbols/${encodeURIComponent(symbol)}/current-price?keepSubscription=true`;
  }
}

function isSame(left: QuoteTick, right: QuoteTick): boolean {
  const { venueTimeMs, bidUnits, askUnits } = left;
  const isOfTime = right.venueTimeMs === venueTimeMs;
  return isOfTime && right.bidUnits === bidUnits && right.askUnits === askUnits;
}
