/**
 * The last bytes of the log, kept in a ring so that live subscribers and readers of fresh events need
 * no file access. Reads copy out of the ring: what was returned is never overwritten.
 */
export class RecentBytes {
  private readonly ring: Buffer;
  private start: number;
  private end: number;

  constructor(capacityBytes: number, position: number) {
    this.ring = Buffer.allocUnsafe(capacityBytes);
    this.start = position;
    this.end = position;
  }

  /** Takes the bytes that follow the last ones. */
  push(bytes: Buffer): void {
    const capacity = this.ring.length;
    this.end += bytes.length;
    const kept = bytes.length > capacity ? bytes.subarray(bytes.length - capacity) : bytes;
    const at = (this.end - kept.length) % capacity;
    const first = Math.min(kept.length, capacity - at);
    kept.copy(this.ring, at, 0, first);
    kept.copy(this.ring, 0, first);
    this.start = Math.max(this.start, this.end - capacity);
  }

  has(position: number, count: number): boolean {
    return position >= this.start && position + count <= this.end;
  }

  copy(position: number, count: number): Buffer {
    const out = Buffer.allocUnsafe(count);
    const at = position % this.ring.length;
    const first = Math.min(count, this.ring.length - at);
    this.ring.copy(out, 0, at, at + first);
    this.ring.copy(out, first, 0, count - first);
    return out;
  }
}
