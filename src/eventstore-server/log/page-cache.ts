import { readSync } from 'node:fs';

export const PAGE_BYTES = 64 * 1024;
const PAGE_SHIFT = 16;
const PAGE_MASK = PAGE_BYTES - 1;
/** Pages of one file by its number in the cache: files are small, numbers are never used twice. */
const PAGES_PER_FILE_MAX = 2 ** 20;

const DOUBLE_BYTES = 8;

interface CachedFile {
  readonly fd: number;
  /** Its number in the cache. */
  readonly no: number;
  readonly bytes: number;
}

export interface Page {
  readonly bytes: Buffer;
  /** The same bytes as numbers: what stands in pages is aligned, and in the order of the machine. */
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
}

interface Slot {
  readonly key: number;
  readonly page: Page;
  wasUsed: boolean;
}

/**
 * Pages of files that never change, as many as fit. The one that was not used for longest makes room
 * (nearly: a hand goes round and takes the first that was not used since it came by).
 */
export class PageCache {
  private readonly byKey = new Map<number, Slot>();
  private readonly slots: Slot[] = [];
  private hand = 0;
  private fileCount = 0;

  constructor(private readonly pagesMax: number) {}

  newFileNo(): number {
    return this.fileCount++;
  }

  page({ fd, no, bytes }: CachedFile, pageNo: number): Page {
    const key = no * PAGES_PER_FILE_MAX + pageNo;
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.wasUsed = true;
      return known.page;
    }
    const slot = { key, page: load(fd, pageNo, bytes), wasUsed: false };
    this.byKey.set(key, slot);
    this.keep(slot);
    return slot.page;
  }

  private keep(slot: Slot): void {
    if (this.slots.length < this.pagesMax) {
      this.slots.push(slot);
      return;
    }
    for (;;) {
      const place = this.hand;
      this.hand = (this.hand + 1) % this.pagesMax;
      const old = this.slots[place];
      if (old?.wasUsed === true) {
        old.wasUsed = false;
        continue;
      }
      if (old !== undefined) this.byKey.delete(old.key);
      this.slots[place] = slot;
      return;
    }
  }
}

/** The last page of a file ends with it: of small files there may be many. */
function load(fd: number, pageNo: number, fileBytes: number): Page {
  const left = Math.ceil((fileBytes - pageNo * PAGE_BYTES) / DOUBLE_BYTES) * DOUBLE_BYTES;
  const memory = new ArrayBuffer(Math.max(0, Math.min(PAGE_BYTES, left)));
  const bytes = Buffer.from(memory);
  let filled = 0;
  while (filled < bytes.length) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, pageNo * PAGE_BYTES + filled);
    if (got === 0) break;
    filled += got;
  }
  return { bytes, words: new Uint32Array(memory), doubles: new Float64Array(memory) };
}

/** A file of numbers, read through the cache as if it were memory. Addresses are aligned. */
export class PagedFile {
  private readonly file: CachedFile;
  private lastNo = -1;
  private last: Page | undefined;

  constructor(
    fd: number,
    bytes: number,
    private readonly cache: PageCache,
  ) {
    this.file = { fd, no: cache.newFileNo(), bytes };
  }

  word(at: number): number {
    return this.page(at).words[(at & PAGE_MASK) >>> 2] ?? 0;
  }

  double(at: number): number {
    return this.page(at).doubles[(at & PAGE_MASK) >>> 3] ?? 0;
  }

  text(at: number, bytes: number): string {
    const parts: Buffer[] = [];
    for (let from = at; from < at + bytes;) {
      const start = from & PAGE_MASK;
      const count = Math.min(PAGE_BYTES - start, at + bytes - from);
      parts.push(this.page(from).bytes.subarray(start, start + count));
      from += count;
    }
    const [only] = parts;
    return (parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)).toString();
  }

  /** Most reads are of the page that was read before. */
  private page(at: number): Page {
    // Not a shift: a file may be larger than 2 GiB.
    const no = at < 2 ** 31 ? at >>> PAGE_SHIFT : Math.floor(at / PAGE_BYTES);
    if (no === this.lastNo && this.last !== undefined) return this.last;
    this.last = this.cache.page(this.file, no);
    this.lastNo = no;
    return this.last;
  }
}
