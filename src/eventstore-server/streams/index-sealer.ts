import type { SegmentName } from '../log/manifest.codec.js';
import { PageCache } from '../log/page-cache.js';
import { EVENT_PREFIX_BYTES } from '../log/record.codec.js';
import type { SegmentDirectory } from '../log/segment-directory.js';
import { SEGMENT_HEADER_BYTES } from '../log/segment-header.codec.js';
import { IndexPart } from './index-part.js';
import { layOutPart, writePart } from './index-writer.js';
import type { StreamIndex } from './stream-index.js';

/** 32 MiB of the index are held in memory, whatever its size. */
const PAGES_MAX = 512;

/**
 * Moves what is known of full segments from memory to disk, one after the other in the order of the
 * log, while appends go on.
 *
 * Nothing rests on it but memory: a part that cannot be written is tried again when the next segment
 * is full, and one that is missing or wrong at start is made again from the log.
 */
export class IndexSealer {
  readonly cache = new PageCache(PAGES_MAX);
  private readonly waiting: SegmentName[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly index: StreamIndex,
    private readonly segments: SegmentDirectory,
  ) {}

  /** Takes the part of a segment from disk. False if there is none that fits. */
  load(name: SegmentName): boolean {
    if (this.index.columns.tail.size > 0) return false; // Parts come first, without a gap.
    const part = IndexPart.open(this.segments.indexPath(name), name, this.cache);
    if (part === undefined) return false;
    const fits = this.index.addPart(part);
    if (!fits) part.close();
    return fits;
  }

  /** All events of the segment are visible. Resolves when nothing is left to do. */
  seal(name: SegmentName): Promise<void> {
    this.waiting.push(name);
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.running;
  }

  async close(): Promise<void> {
    await this.running;
    for (const { part } of this.index.columns.parts) part.close();
  }

  private async run(): Promise<void> {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      try {
        await this.sealOne(next);
      } catch {
        return; // Most likely the disk is full. What is in memory stays there.
      }
      this.waiting.shift();
    }
  }

  /** Puts the part of a segment in the place of the oldest events in memory. False if it does not fit. */
  replace(name: SegmentName): boolean {
    const part = IndexPart.open(this.segments.indexPath(name), name, this.cache);
    if (part === undefined) return false;
    this.index.replaceByPart(part);
    return true;
  }

  /** The index of the segment that the oldest events in memory are of. */
  layOut(name: SegmentName): Promise<Buffer> {
    const { index, segments } = this;
    const end = index.columns.lowerBound(segments.endOf(name), index.columns.count);
    const shift = SEGMENT_HEADER_BYTES + EVENT_PREFIX_BYTES - name.base;
    const offsetOf = (position: number): number => position + shift;
    return layOutPart({ ...index.partSource(end), name, offsetOf });
  }

  private async sealOne(name: SegmentName): Promise<void> {
    const path = this.segments.indexPath(name);
    await writePart(path, await this.layOut(name));
    if (!this.replace(name)) throw new Error(`${path} cannot be read back`);
  }
}
