import { BackOff } from './back-off.js';
import { SilenceMeter } from './silence-meter.js';
import type { SilenceLimits } from './silence-meter.js';
import { StreamLink } from './stream-link.js';
import type { LinkLimits, LinkOptions } from './stream-link.js';

export interface ConnectionLimits extends LinkLimits {
  readonly backOffMsFirst: number;
  readonly backOffMsMax: number;
  /** Connected but silent for longer than is usual here: the subscription is lost. */
  readonly silence: SilenceLimits;
  /** A connection of this age is replaced before the venue cuts it. */
  readonly ageMsMax: number;
  /** The old connection goes on for so long beside its successor, so that nothing between the two is missed. */
  readonly overlapMs: number;
}

export interface ConnectionHandlers {
  onText(text: string, atMs: number): void;
  onBinary(bytes: number, atMs: number): void;
  onConnected(info: { readonly recorded: string | null }): void;
  /** Told once for each loss; it goes on trying. */
  onLost(reason: string): void;
}

export type ConnectionOptions = Omit<LinkOptions, 'limits'> & { readonly limits: ConnectionLimits };

// A venue that is closed for the night is silent as well: each new connection that stays mute waits longer.
const MUTE_DOUBLINGS_MAX = 4;
const AGE_SPREAD = 0.02;

/**
 * One lasting connection to a venue: a link, the next link after its end, and two of them while one replaces the other.
 *
 *     idle ──start──► connecting ──ready──► connected ──lost──► waiting ──back-off──► connecting ; any ──close──► closed
 *                                              │ age, or replaced: connected ∥ successor ──overlap──► connected
 *
 * Both links of an overlap deliver; repeated prints are the quality gate's to tell.
 */
export class StreamConnection {
  private readonly topics = new Set<string>();
  private readonly backOff: BackOff;
  private readonly silence: SilenceMeter;
  private link: StreamLink | undefined;
  private successor: StreamLink | undefined;
  private isOverlapping = false;
  private isLossTold = false;
  private muteDoublings = 0;
  private readonly timers: Record<'retry' | 'mute' | 'age' | 'overlap', () => void> = {
    retry: () => undefined,
    mute: () => undefined,
    age: () => undefined,
    overlap: () => undefined,
  };

  constructor(
    private readonly options: ConnectionOptions,
    private readonly handlers: ConnectionHandlers,
  ) {
    const { limits, time } = options;
    const { backOffMsFirst: msFirst, backOffMsMax: msMax } = limits;
    this.backOff = new BackOff({ msFirst, msMax }, time.random);
    this.silence = new SilenceMeter(limits.silence);
  }

  get topicCount(): number {
    return this.topics.size;
  }

  has(topic: string): boolean {
    return this.topics.has(topic);
  }

  start(topics: readonly string[]): void {
    for (const topic of topics) this.topics.add(topic);
    this.connect();
  }

  /** Subscribes on the open connection; one that is being made takes them along. */
  subscribe(topics: readonly string[]): void {
    const added = topics.filter((topic) => !this.topics.has(topic));
    for (const topic of added) this.topics.add(topic);
    this.link?.request('subscribe', added);
    this.successor?.request('subscribe', added);
  }

  unsubscribe(topics: readonly string[]): void {
    const gone = topics.filter((topic) => this.topics.delete(topic));
    this.link?.request('unsubscribe', gone);
    this.successor?.request('unsubscribe', gone);
  }

  close(): void {
    this.stopTimers();
    this.link?.abandon();
    this.successor?.abandon();
  }

  private connect(): void {
    this.link = this.makeLink();
    this.link.open([...this.topics]);
  }

  private makeLink(): StreamLink {
    const link: StreamLink = new StreamLink(this.options, {
      onReady: (info) => {
        if (link === this.link) this.connected(info);
        else this.beginOverlap();
      },
      onText: (text, atMs) => {
        this.heard(atMs);
        this.handlers.onText(text, atMs);
      },
      onBinary: (bytes, atMs) => {
        this.heard(atMs);
        this.handlers.onBinary(bytes, atMs);
      },
      onEnded: (reason) => {
        if (link === this.link) this.lost(reason);
        else this.successorEnded();
      },
    });
    return link;
  }

  private connected(info: { readonly recorded: string | null }): void {
    this.isLossTold = false;
    this.watch();
    this.handlers.onConnected(info);
  }

  private heard(atMs: number): void {
    this.backOff.succeeded();
    this.muteDoublings = 0;
    this.silence.heard(atMs);
  }

  private lost(reason: string): void {
    const { successor, isOverlapping } = this;
    this.stopTimers();
    this.link = successor;
    this.successor = undefined;
    this.isOverlapping = false;
    if (successor && isOverlapping) {
      // It has been delivering all the while: nothing was missed.
      this.watch();
      return;
    }
    this.silence.interrupted();
    if (!this.isLossTold) this.handlers.onLost(reason);
    this.isLossTold = true;
    if (successor) return;
    this.timers.retry = this.options.time.schedule(this.backOff.next(), () => this.connect());
  }

  private watch(): void {
    this.watchForMute(this.silenceLimitMs());
    this.planReplacement();
  }

  private watchForMute(waitMs: number, sinceMs = this.options.time.clock()): void {
    const { time } = this.options;
    this.timers.mute = time.schedule(waitMs, () => {
      const silentMs = this.silence.silentMs(time.clock(), sinceMs);
      const limitMs = this.silenceLimitMs();
      if (silentMs < limitMs) {
        this.watchForMute(limitMs - silentMs, sinceMs);
        return;
      }
      this.muteDoublings = Math.min(this.muteDoublings + 1, MUTE_DOUBLINGS_MAX);
      this.link?.end(`connected but silent for ${silentMs} ms`);
    });
  }

  private silenceLimitMs(): number {
    return this.silence.limitMs * 2 ** this.muteDoublings;
  }

  private planReplacement(): void {
    const { time, limits } = this.options;
    // Not all connections of all clients at the same moment after a common start.
    const earlierMs = Math.floor(time.random() * limits.ageMsMax * AGE_SPREAD);
    this.timers.age = time.schedule(limits.ageMsMax - earlierMs, () => this.beginReplacement());
  }

  private beginReplacement(): void {
    this.successor = this.makeLink();
    this.successor.open([...this.topics]);
  }

  private beginOverlap(): void {
    this.isOverlapping = true;
    this.timers.overlap = this.options.time.schedule(this.options.limits.overlapMs, () => {
      const { link } = this;
      this.link = this.successor;
      this.successor = undefined;
      this.isOverlapping = false;
      link?.abandon();
      this.planReplacement();
    });
  }

  /** The successor could not be made, or went before it took over: the old one serves on, and it is tried again. */
  private successorEnded(): void {
    this.successor = undefined;
    this.isOverlapping = false;
    this.timers.overlap();
    this.timers.age = this.options.time.schedule(1 + this.backOff.next(), () =>
      this.beginReplacement(),
    );
  }

  private stopTimers(): void {
    const { retry, mute, age, overlap } = this.timers;
    for (const cancel of [retry, mute, age, overlap]) cancel();
  }
}
