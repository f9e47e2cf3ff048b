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
  private constructor(private readonly file: number) {}

  static open(path: string): { book: PaperBook; changes: readonly PaperChange[] } {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const changes = whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line, at) => parseLine(line, { path, at }));
    const file = openSync(path, 'a', 0o600);
    if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));
    return { book: new PaperBook(file), changes };
  }

  write(change: PaperChange): void {
    writeSync(this.file, `${JSON.stringify(change)}\n`);
    fdatasyncSync(this.file);
  }

  close(): void {
    closeSync(this.file);
  }
}

function parseLine(line: string, { path, at }: { path: string; at: number }): PaperChange {
  try {
    return JSON.parse(line) as PaperChange;
  } catch (cause) {
    throw new Error(`paper book ${path}: line ${at + 1} is not JSON`, { cause });
  }
}
