import type { AlarmDesk } from '../alarms/alarm-desk.js';

/** What a lost feed was to show, by instrument: the feed that decides there now, undefined where none can. */
export type StandIns = ReadonlyMap<string, string | undefined>;

// An alarm is read by people.
const NAMES_MAX = 5;

/** Tells of feeds that are lost, and whether another one decides meanwhile: that may come about later, and end. */
export class LossWatch {
  private readonly lost = new Map<string, { readonly reason: string; text: string }>();

  constructor(
    private readonly alarms: Pick<AlarmDesk, 'raise' | 'clear'>,
    private readonly standInsFor: (feed: string) => StandIns,
  ) {}

  onLost(feed: string, reason: string): void {
    this.lost.set(feed, { reason, text: '' });
    this.check();
  }

  onConnected(feed: string): void {
    if (this.lost.delete(feed)) this.alarms.clear('FEED_LOST', feed, `feed ${feed} is connected`);
  }

  check(): void {
    for (const [feed, loss] of this.lost) {
      const text = `feed ${feed} lost: ${loss.reason}${inWords(this.standInsFor(feed))}`;
      if (text === loss.text) continue;
      loss.text = text;
      this.alarms.raise('FEED_LOST', feed, text);
    }
  }
}

function inWords(standIns: StandIns): string {
  const deciding = new Set([...standIns.values()].filter((feed) => feed !== undefined));
  const blind = [...standIns].flatMap(([id, feed]) => (feed === undefined ? [id] : []));
  const decides = deciding.size === 0 ? '' : `; ${named([...deciding])} decides meanwhile`;
  return blind.length === 0 ? decides : `${decides}; no feed can stand in for ${named(blind)}`;
}

function named(all: readonly string[]): string {
  const more = all.length - NAMES_MAX;
  const names = all.slice(0, NAMES_MAX).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
}
