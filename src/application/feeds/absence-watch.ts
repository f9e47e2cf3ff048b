import type { PriceKind } from '../../domain/feed/feed.events.js';
import type { UnixMs } from '../../domain/kernel/units.js';
import type { AlarmDesk } from '../alarms/alarm-desk.js';
import { priceWords } from '../alarms/price-words.js';

/** Prices that something armed reads and that no connected feed of the instrument has shown since the start. */
export interface UnseenPrice {
  readonly instrumentId: string;
  readonly priceKind: PriceKind;
  /** How it stands with each feed, in words. */
  readonly feeds: readonly string[];
  /** A venue has said itself that it will not come. */
  readonly isRefused: boolean;
}

export interface AbsenceWatchOptions {
  readonly alarms: Pick<AlarmDesk, 'settle'>;
  readonly unseen: () => readonly UnseenPrice[];
  readonly clock: () => UnixMs;
  /** When an instrument trades next, while it does not: nothing is to come then. */
  readonly closedUntil: (instrumentId: string) => UnixMs | undefined;
}

/** So long a first price may take: connections are made and subscriptions answered within it. */
export const FIRST_PRICE_MS_MAX = 30_000;

/**
 * Tells of armed stops that are blind because a price of theirs has never come: a symbol that is misspelt, a subscription
 * that was refused or is dead, a feed that is away with nobody to stand in.
 */
export class AbsenceWatch {
  private sinceMs = new Map<string, UnixMs>();

  constructor(private readonly options: AbsenceWatchOptions) {}

  check(): void {
    const { alarms, unseen, clock, closedUntil } = this.options;
    const nowMs = clock();
    const sinceMs = new Map<string, UnixMs>();
    const textByAbout = new Map<string, string>();
    for (const { instrumentId, priceKind, feeds, isRefused } of unseen()) {
      if (closedUntil(instrumentId) !== undefined) continue;
      const about = `${instrumentId} ${priceKind}`;
      const beganMs = this.sinceMs.get(about) ?? nowMs;
      sinceMs.set(about, beganMs);
      if (!isRefused && nowMs - beganMs < FIRST_PRICE_MS_MAX) continue;
      const blind = `what is armed on ${priceWords(priceKind)} of ${instrumentId} is blind`;
      const stand = feeds.length > 0 ? feeds.join('; ') : 'no feed of it is configured';
      textByAbout.set(about, `${blind}, none has come: ${stand}`);
    }
    this.sinceMs = sinceMs;
    alarms.settle(
      'PRICE_ABSENT',
      textByAbout,
      'it has come, or nothing that is armed waits for it now',
    );
  }
}
