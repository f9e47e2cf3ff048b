const NO_KEYS = new Float64Array(0);
const NO_SLOTS = new Int32Array(0);
const SIZE_MIN = 4;

/**
 * Slots ordered by the next price at which something happens to them: the smallest key is on top,
 * of equal keys the smallest slot. The order of leaving is therefore a function of the content alone, not of the
 * history of the heap: an engine that was restarted gives the same order as one that was not.
 *
 * An indexed binary heap. `place[slot]` is where a slot stands, so that re-keying and removal need no search.
 * Cost: looking at the top is O(1); every change is O(log n); nothing is allocated but on growth.
 */
export class ActionHeap {
  // Shared until something comes in: most heaps of an engine of many instruments stay empty or small.
  private keys = NO_KEYS;
  private slots = NO_SLOTS;
  private place = NO_SLOTS;
  private size = 0;

  /** The smallest key, or Infinity when the heap is empty. */
  get topKey(): number {
    return this.size === 0 ? Infinity : (this.keys[0] ?? Infinity);
  }

  /** The slot with the smallest key. Only when `topKey` is finite. */
  get topSlot(): number {
    return this.slots[0] ?? -1;
  }

  get count(): number {
    return this.size;
  }

  /** Where a slot stands, or Infinity when it is not in. */
  keyOf(slot: number): number {
    const at = this.placeOf(slot);
    return at < 0 ? Infinity : (this.keys[at] ?? Infinity);
  }

  /** Puts a slot at a key, wherever it stood before. An infinite key takes it out. */
  set(slot: number, key: number): void {
    if (key === Infinity) {
      this.remove(slot);
      return;
    }
    let at = this.placeOf(slot);
    if (at < 0) {
      at = this.size;
      this.grow(slot);
      this.size += 1;
      this.put(at, slot, key);
      this.up(at);
      return;
    }
    const before = this.keys[at] ?? 0;
    this.keys[at] = key;
    if (key < before) this.up(at);
    else if (key > before) this.down(at);
  }

  remove(slot: number): void {
    const at = this.placeOf(slot);
    if (at < 0) return;
    this.place[slot] = -1;
    this.size -= 1;
    if (at === this.size) return;
    const key = this.keys[this.size] ?? 0;
    this.put(at, this.slots[this.size] ?? 0, key);
    this.up(at);
    this.down(at);
  }

  private placeOf(slot: number): number {
    return slot < this.place.length ? (this.place[slot] ?? -1) : -1;
  }

  private put(at: number, slot: number, key: number): void {
    this.keys[at] = key;
    this.slots[at] = slot;
    this.place[slot] = at;
  }

  private up(from: number): void {
    const key = this.keys[from] ?? 0;
    const slot = this.slots[from] ?? 0;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentKey = this.keys[parent] ?? 0;
      const parentSlot = this.slots[parent] ?? 0;
      if (parentKey < key || (parentKey === key && parentSlot < slot)) break;
      this.put(at, parentSlot, parentKey);
      at = parent;
    }
    this.put(at, slot, key);
  }

  private down(from: number): void {
    const key = this.keys[from] ?? 0;
    const slot = this.slots[from] ?? 0;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.isBefore(child + 1, child)) child += 1;
      const childKey = this.keys[child] ?? 0;
      const childSlot = this.slots[child] ?? 0;
      if (childKey > key || (childKey === key && childSlot > slot)) break;
      this.put(at, childSlot, childKey);
      at = child;
    }
    this.put(at, slot, key);
  }

  private isBefore(left: number, right: number): boolean {
    const a = this.keys[left] ?? 0;
    const b = this.keys[right] ?? 0;
    return a < b || (a === b && (this.slots[left] ?? 0) < (this.slots[right] ?? 0));
  }

  private grow(slot: number): void {
    if (this.size === this.keys.length) {
      const count = Math.max(SIZE_MIN, this.keys.length * 2);
      this.keys = widened(this.keys, new Float64Array(count));
      this.slots = widened(this.slots, new Int32Array(count));
    }
    if (slot >= this.place.length) {
      const wider = new Int32Array(Math.max(SIZE_MIN, slot + 1, this.place.length * 2)).fill(-1);
      this.place = widened(this.place, wider);
    }
  }
}

function widened<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
