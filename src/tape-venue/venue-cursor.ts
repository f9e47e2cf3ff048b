import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TroubleNote } from '../durable-files/trouble-note.js';
import type { PrintNumbers, VenuePrints } from './venue-prints.js';

interface StoredCursor {
  readonly recording: string;
  readonly row: number;
  readonly idOffset: number;
  /** No id from here on has been given out. */
  readonly idsBelow: number;
  readonly lastTimeMs: number;
}

export interface CursorOptions {
  readonly isOriginal: boolean;
  readonly stateDir: string | undefined;
  /** The stored cursor is at most this old while prints go out. */
  readonly saveMsMax: number;
  /** Told once when the cursor cannot be stored, with the reason, and with undefined once it can again. */
  readonly onTrouble?: ((reason: string | undefined) => void) | undefined;
}

/** So many ids are set aside in the stored cursor: after a kill the next run begins above all that may have gone out. */
const IDS_RESERVED = 10_000;

/**
 * Where in the recording the venue stands, and what it adds to ids so that they rise over loops and restarts.
 *
 * After an orderly end the next run goes on with the next row. After a kill it goes back to the row of the stored
 * cursor, with ids that were never given out: prints may come twice then, as new ones, but none is lost. While the
 * cursor cannot be stored (the disk is full, say) the prints go on: only a kill then lets ids be given out again.
 */
export class VenueCursor {
  row = 0;
  private idOffset = 0;
  private idsBelow = 0;
  private lastTimeMs = 0;
  private savedAtMs = -Infinity;
  private readonly trouble: TroubleNote;
  private readonly path: string | undefined;

  constructor(
    private readonly prints: VenuePrints,
    private readonly options: CursorOptions,
  ) {
    this.trouble = new TroubleNote(options.onTrouble);
    const { stateDir } = options;
    if (stateDir === undefined) return;
    mkdirSync(stateDir, { recursive: true });
    this.path = join(stateDir, `${prints.stream.replace('@', '-')}.cursor.json`);
    const stored = readStored(this.path);
    if (stored) this.resume(stored);
  }

  get isAtEnd(): boolean {
    return this.row >= this.prints.recording.rowCount;
  }

  /** Numbers the print of this row and moves on. `dueMs` is when it is due on the venue's clock. */
  take(dueMs: number, nowMs: number): { readonly row: number; readonly numbers: PrintNumbers } {
    const { row, prints } = this;
    const id = prints.id(row) + this.idOffset;
    if (id >= this.idsBelow || nowMs - this.savedAtMs >= this.options.saveMsMax) {
      this.idsBelow = Math.max(this.idsBelow, id + IDS_RESERVED);
      this.save(nowMs);
    }
    this.row += 1;
    if (this.options.isOriginal) {
      const timeMs = prints.recording.timeMs(row);
      return { row, numbers: { id, tradeTimeMs: timeMs, eventTimeMs: timeMs } };
    }
    const tradeTimeMs = Math.max(this.lastTimeMs, Math.floor(dueMs));
    this.lastTimeMs = Math.max(tradeTimeMs, Math.floor(nowMs));
    return { row, numbers: { id, tradeTimeMs, eventTimeMs: this.lastTimeMs } };
  }

  /** Goes back to the first row, above every id of this round. */
  beginAgain(): void {
    const { firstId, lastId } = this.prints;
    this.row = 0;
    if (!this.options.isOriginal) this.idOffset += lastId - firstId + 1;
  }

  /** Stores the exact place: the next run goes on without a break. */
  saveAtEnd(nowMs: number): void {
    const { prints, row } = this;
    // Nothing has gone out yet: what an earlier run stored still holds.
    if (this.savedAtMs === -Infinity) return;
    const lastRow = Math.min(row, prints.recording.rowCount) - 1;
    this.idsBelow = (lastRow < 0 ? prints.firstId : prints.id(lastRow) + 1) + this.idOffset;
    this.save(nowMs);
  }

  private resume(stored: StoredCursor): void {
    const { prints, options } = this;
    const isSame = stored.recording === prints.recording.name;
    if (isSame && stored.row <= prints.recording.rowCount) this.row = stored.row;
    this.lastTimeMs = stored.lastTimeMs;
    if (options.isOriginal) return;
    this.idOffset = isSame ? stored.idOffset : 0;
    this.idsBelow = stored.idsBelow;
    const nextId = this.isAtEnd ? prints.lastId + 1 : prints.id(this.row);
    this.idOffset = Math.max(this.idOffset, stored.idsBelow - nextId);
  }

  private save(nowMs: number): void {
    this.savedAtMs = nowMs;
    if (this.path === undefined) return;
    const { row, idOffset, idsBelow, lastTimeMs, prints } = this;
    const stored: StoredCursor = {
      recording: prints.recording.name,
      row,
      idOffset,
      idsBelow,
      lastTimeMs,
    };
    try {
      writeFileSync(`${this.path}.new`, `${JSON.stringify(stored)}\n`);
      renameSync(`${this.path}.new`, this.path);
      this.trouble.tell(undefined);
    } catch (error) {
      this.trouble.tell(String(error));
    }
  }
}

/** Undefined when there is none. Throws, naming the file, for one that is not ours: its ids would be given out again. */
function readStored(path: string): StoredCursor | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const stored = tryParse(text);
  const { row, idOffset, idsBelow, lastTimeMs } = stored ?? {};
  const isSound =
    typeof stored?.recording === 'string' &&
    [row, idOffset, idsBelow, lastTimeMs].every((one) => Number.isSafeInteger(one) && one! >= 0);
  if (!isSound) throw new Error(`${path} is no cursor of a recorded venue`);
  return stored as StoredCursor;
}

function tryParse(text: string): Partial<StoredCursor> | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as Partial<StoredCursor> | undefined;
  } catch {
    return undefined;
  }
}
