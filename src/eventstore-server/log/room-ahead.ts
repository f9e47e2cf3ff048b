import type { FileHandle } from 'node:fs/promises';
import { killPoint } from './kill-point.js';

/** What is made ready at a time, and how little may be left before the next is begun. */
const STEP_BYTES = 1024 * 1024;
const LEFT_BYTES_MIN = STEP_BYTES / 2;
/** What may be written while zeros are: where there is less, as behind the first record, a hole of this size is left. */
const GAP_BYTES = STEP_BYTES / 4;
const ZEROS = Buffer.alloc(STEP_BYTES);

/**
 * Zeros behind the records of a file, written before they are needed. A sync of a file that has grown carries its new
 * length to the disk as well, by way of the journal of the file system, which takes as long again as the bytes.
 *
 * idle → filling, when little is left. Meanwhile no record may reach into what is being filled: who would
 * waits for `clear`. A disk that has no room for zeros has none for records soon: they find out by themselves.
 */
export class RoomAhead {
  private filling: Promise<void> | undefined;
  /** Where the zeros begin that are being written. */
  private fillsFrom = 0;

  constructor(
    private readonly file: FileHandle,
    /** Offset up to which the file is there. */
    private end: number,
  ) {}

  /** To be awaited before bytes are written that end at an offset. */
  clear(end: number): Promise<void> | undefined {
    return end > this.fillsFrom ? this.filling : undefined;
  }

  /** Takes note of bytes that were written and end at an offset. */
  note(end: number): void {
    this.end = Math.max(this.end, end);
    if (this.filling !== undefined || this.end - end > LEFT_BYTES_MIN) return;
    this.fillsFrom = Math.max(this.end, end + GAP_BYTES);
    this.filling = this.fill().finally(() => (this.filling = undefined));
  }

  /** Gives back what is behind an offset. */
  async trim(end: number): Promise<void> {
    await this.filling;
    await this.file.truncate(end);
    await this.file.datasync();
    this.end = end;
  }

  private async fill(): Promise<void> {
    try {
      const { bytesWritten } = await this.file.write(ZEROS, 0, STEP_BYTES, this.fillsFrom);
      killPoint('room-written');
      await this.file.datasync();
      this.end = Math.max(this.end, this.fillsFrom + bytesWritten);
    } catch {
      // Whatever it is, a record that needs the place meets it too, and knows whom to tell.
    }
  }
}
