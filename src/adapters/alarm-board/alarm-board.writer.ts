import { mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TroubleNote } from '../../durable-files/trouble-note.js';
import type { AlarmBoard } from '../../application/ports/alarm.port.js';
import { decodeBoard, encodeBoard } from './alarm-board.codec.js';

export interface AlarmBoardWriterOptions {
  readonly path: string;
  /** The board as it stands when it is written. */
  readonly board: () => AlarmBoard;
  /** Told once when writing fails, and with undefined once it works again. */
  readonly onTrouble: (reason: string | undefined) => void;
}

// Changes within this time are written as one.
const WRITE_EVERY_MS = 100;

/** What an earlier run left; undefined when there is nothing that could be read. */
export function readBoard(path: string): AlarmBoard | undefined {
  try {
    return decodeBoard(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Keeps the file of a board as new as it is worth: whole or not at all, never in the way of who raises an alarm. */
export class AlarmBoardWriter {
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private readonly trouble: TroubleNote;

  constructor(private readonly options: AlarmBoardWriterOptions) {
    this.trouble = new TroubleNote(options.onTrouble);
  }

  touched(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.write();
    }, WRITE_EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.write();
  }

  private write(): Promise<void> {
    this.writing = this.writing.then(() => this.attempt());
    return this.writing;
  }

  private async attempt(): Promise<void> {
    const { path, board } = this.options;
    try {
      mkdirSync(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, encodeBoard(board()), { mode: 0o600 });
      await rename(`${path}.new`, path);
      this.trouble.tell(undefined);
    } catch (error) {
      this.trouble.tell(String(error));
    }
  }
}
