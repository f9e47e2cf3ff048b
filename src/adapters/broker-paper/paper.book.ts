import { LineFile } from '../../durable-files/line-file.js';
import type { PaperChange } from '../../simulation/paper-order.js';

/** The venue's own durable book: one line for each change, on disk before anybody is told. */
export class PaperBook {
  private constructor(private readonly file: LineFile) {}

  static open(path: string): { book: PaperBook; changes: readonly PaperChange[] } {
    const { file, lines } = LineFile.open(path);
    return { book: new PaperBook(file), changes: lines as readonly PaperChange[] };
  }

  /** Throws what the disk throws: then the change is not in the book. An entry is not worth the last room of a disk. */
  write(change: PaperChange): void {
    this.file.append(change, !isEntry(change));
  }

  close(): void {
    this.file.close();
  }
}

/** An order that takes nothing from a position. */
export function isEntry(change: PaperChange): boolean {
  return change.kind === 'accepted' && change.order.reduceOnly !== true;
}
