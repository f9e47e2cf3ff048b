/** Distance in ids within which a late print is still told apart from a repeated one. */
export const ID_WINDOW = 4096;

/**
 * So many prints in a row that are all older than the window or behind in time, but in good order among themselves, are
 * the venue's new numbering (its ids began again, or one absurd id or time had come before), not late prints.
 */
export const RESTART_RUN = 64;

/**
 * Id and time disagree: the id is ahead but the time behind, or the id far behind but the time not. Then it was one print
 * before that was absurd, and so many in a row tell.
 */
export const CONTRADICTION_RUN = 3;

/** A venue's own times may disagree by this much between prints that come in good order. */
export const VENUE_TIME_BACK_MS_MAX = 5_000;

export type Placement = 'new' | 'late' | 'seen' | 'behind';

type Id = number | bigint;

/**
 * Which of the newest ids of one stream were seen. Ids are venue numbers that rise, with gaps.
 *
 *     newest - 4096 < id <= newest: one mark each · below: behind · above: the window moves up
 *
 * Cost: 4 KiB, no allocation for ids of up to 15 digits.
 */
export class IdWindow {
  private newest: Id = -1;
  private newestTimeMs = -Infinity;
  /** As the venue told it, believed or not. */
  private newestToldMs = -Infinity;
  private readonly marks = new Uint8Array(ID_WINDOW);
  /** Prints that were behind, in good order among themselves, since the last one that was not. */
  private run: Id[] = [];
  private runTimeMs = -Infinity;

  /**
   * Places a print; what is `new` or `late` is yet to be remembered. `behind`: older than the window, or its time lies too
   * far back. Without a numeric id only the time is looked at.
   */
  place(idText: string, venueTimeMs: number): Placement {
    const id = toId(idText);
    const isBehindInTime = venueTimeMs < this.newestTimeMs - VENUE_TIME_BACK_MS_MAX;
    const ahead = id === undefined ? 1 : distance(id, this.newest);
    if (id !== undefined && ahead <= 0 && ahead > -ID_WINDOW && this.isMarked(id)) {
      // A print that is newer than all others is no repeat of an old one, whatever its id: the ids began again.
      if (venueTimeMs <= this.newestToldMs) return 'seen';
      return this.placeBehind(id, venueTimeMs, CONTRADICTION_RUN);
    }
    if (isBehindInTime || ahead <= -ID_WINDOW) {
      const disagree = id !== undefined && (ahead > 0 || venueTimeMs >= this.newestTimeMs);
      return this.placeBehind(id, venueTimeMs, disagree ? CONTRADICTION_RUN : RESTART_RUN);
    }
    return ahead > 0 ? 'new' : 'late';
  }

  /**
   * Takes a print for one of the venue. Not for one that was refused for what it says: an absurd price, size or kind may come
   * with an absurd id or time, and everything after it would be old. `believedMs` is what of its time counts for the order.
   */
  remember(idText: string, venueTimeMs: number, believedMs = venueTimeMs): void {
    const id = toId(idText);
    if (this.run.length > 0) this.run = [];
    this.newestTimeMs = Math.max(this.newestTimeMs, believedMs);
    this.newestToldMs = Math.max(this.newestToldMs, venueTimeMs);
    if (id === undefined) return;
    const ahead = distance(id, this.newest);
    if (ahead <= -ID_WINDOW) return;
    if (ahead > 0) this.advance(id, ahead);
    this.mark(id);
  }

  private placeBehind(id: Id | undefined, venueTimeMs: number, runLength: number): Placement {
    const last = this.run.at(-1);
    const goesOn =
      venueTimeMs >= this.runTimeMs &&
      (id === undefined || last === undefined || distance(id, last) > 0);
    if (!goesOn) {
      // A repeat inside the run says nothing; anything else that steps back begins a run of its own.
      if (id !== undefined && this.run.includes(id)) return 'seen';
      this.run = [];
    }
    this.runTimeMs = venueTimeMs;
    this.run.push(id ?? -1);
    if (this.run.length < runLength) return 'behind';
    this.restart(venueTimeMs);
    return 'new';
  }

  private restart(venueTimeMs: number): void {
    this.marks.fill(0);
    this.newestTimeMs = venueTimeMs;
    this.newestToldMs = venueTimeMs;
    this.newest = this.run.at(-1) ?? -1;
    for (const id of this.run) {
      if (distance(this.newest, id) < ID_WINDOW && id >= 0) this.mark(id);
    }
    this.run = [];
  }

  private advance(id: Id, ahead: number): void {
    if (ahead >= ID_WINDOW) {
      this.marks.fill(0);
    } else {
      // Numbers of books leap by thousands: the places in between are cleared at once.
      const from = (slot(this.newest) + 1) % ID_WINDOW;
      const end = from + ahead;
      this.marks.fill(0, from, Math.min(end, ID_WINDOW));
      if (end > ID_WINDOW) this.marks.fill(0, 0, end - ID_WINDOW);
    }
    this.newest = id;
  }

  private isMarked(id: Id): boolean {
    return this.marks[slot(id)] === 1;
  }

  private mark(id: Id): void {
    this.marks[slot(id)] = 1;
  }
}

/** Undefined when the venue gives no id or one that is no number. */
function toId(text: string): Id | undefined {
  if (text.length > 15) return /^\d{1,40}$/.test(text) ? BigInt(text) : undefined;
  let id = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return undefined;
    id = id * 10 + (code - 48);
  }
  return text === '' ? undefined : id;
}

/** a - b, exact as long as it is small enough to matter. */
function distance(a: Id, b: Id): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a) - BigInt(b));
}

function slot(id: Id): number {
  if (typeof id === 'bigint') return Number(id % BigInt(ID_WINDOW));
  return id < 0 ? ID_WINDOW - 1 : id % ID_WINDOW;
}
