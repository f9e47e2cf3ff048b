/** An event on its way through a group. */
export interface GroupItem {
  readonly ordinal: number;
  /** Its place in the stream it was read from. */
  readonly revision: number;
  /** Number in the group's progress; undefined for a parked event that is delivered again. */
  readonly no: number | undefined;
  retryCount: number;
  /** What a pinning strategy goes by, once the event was read. */
  key: string | undefined;
}

/**
 * Events that come again, in the order in which they go out: by their place in the source, and behind
 * them the parked ones in the order of their replay.
 */
export class RetryQueue {
  private readonly items: GroupItem[] = [];

  get count(): number {
    return this.items.length;
  }

  add(item: GroupItem): void {
    if (item.no === undefined) {
      this.items.push(item);
      return;
    }
    let at = this.items.length;
    while (at > 0 && isBehind(this.items[at - 1], item.no)) at--;
    this.items.splice(at, 0, item);
  }

  /** Takes out up to `count` items that `isWanted`. */
  take(count: number, isWanted: (item: GroupItem) => boolean): GroupItem[] {
    return takeFrom(this.items, count, isWanted);
  }

  clear(): void {
    this.items.length = 0;
  }
}

/** Takes up to `count` wanted items out of a list, in its order. */
export function takeFrom(
  items: GroupItem[],
  count: number,
  isWanted: (item: GroupItem) => boolean,
): GroupItem[] {
  const taken: GroupItem[] = [];
  const kept: GroupItem[] = [];
  let at = 0;
  for (; at < items.length && taken.length < count; at++) {
    const item = items[at];
    if (item !== undefined) (isWanted(item) ? taken : kept).push(item);
  }
  items.splice(0, at, ...kept);
  return taken;
}

function isBehind(item: GroupItem | undefined, no: number): boolean {
  return item !== undefined && (item.no === undefined || item.no > no);
}
