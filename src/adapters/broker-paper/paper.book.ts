import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import type { PaperChange } from '../../simulation/paper-order.js';

/**
 * The venue's own durable book: one JSON line for each change, on disk before anybody is told.
 * A last line without its end was never acknowledged; it is cut off.
 */
export class PaperBook {
  /** A write has failed, and what it left behind the last whole line is still there. */
  private isTorn = false;

  private constructor(
    private readonly file: number,
    /** Bytes up to the end of the last whole line. */
    private size: number,
  ) {}

  static open(path: string): { book: PaperBook; changes: readonly PaperChange[] } {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const changes = whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line, at) => parseLine(line, { path, at }));
    const file = openSync(path, 'a', 0o600);
    const size = Buffer.byteLength(whole);
    if (whole.length < text.length) ftruncateSync(file, size);
    return { book: new PaperBook(file, size), changes };
  }

  /** Throws what the disk throws: then the change is not in the book. */
  write(change: PaperChange): void {
    const line = Buffer.from(`${JSON.stringify(change)}\n`);
    try {
      if (this.isTorn) this.cut();
      let written = 0;
      while (written < line.length) written += writeSync(this.file, line, written);
      fdatasyncSync(this.file);
    } catch (error) {
      this.isTorn = true;
      throw error;
    }
    this.size += line.length;
  }

  close(): void {
    try {
      if (this.isTorn) this.cut();
    } finally {
      closeSync(this.file);
    }
  }

  /** A disk that fills up takes a part of a line; one that fails to sync may have all of it. Nobody was told of either. */
  private cut(): void {
    ftruncateSync(this.file, this.size);
    this.isTorn = false;
  }
}

function parseLine(line: string, { path, at }: { path: string; at: number }): PaperChange {
  try {
    return JSON.parse(line) as PaperChange;
  } catch (cause) {
    throw new Error(`paper book ${path}: line ${at + 1} is not JSON`, { cause });
  }
}
