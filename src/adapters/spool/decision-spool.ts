import type { Spool, SpoolOutcome } from '../../application/ports/spool.port.js';
import type { Decision } from '../../engine/decisions.js';
import { SPOOL_HEADER_BYTES, SpoolFile } from './spool-file.js';
import { decodeDecisions, encodeDecisions } from './spooled-decisions.codec.js';

export interface DecisionSpoolOptions {
  /** Size of the file, all of it taken from the disk when it is made. */
  readonly bytes: number;
  /** Share of it that only exits may use. */
  readonly exitShare: number;
  readonly onTrouble: (reason: string) => void;
}

interface Waiting {
  readonly payload: Buffer;
  readonly settle: (outcome: SpoolOutcome) => void;
}

/** The spool in one preallocated file. Whatever arrives while the disk works is kept by the next single fsync. */
export class DecisionSpool implements Spool {
  /** What the next write takes; undefined when none is planned. */
  private open: Waiting[] | undefined;
  private waitingBytes = 0;
  /** What the disk does, one thing after the other. */
  private work: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: SpoolFile,
    /** What an earlier run left, in its order. */
    readonly left: readonly (readonly Decision[])[],
    private readonly options: DecisionSpoolOptions,
  ) {}

  /** Throws when the file cannot be made or read. */
  static open(path: string, options: DecisionSpoolOptions): DecisionSpool {
    const { file, payloads } = SpoolFile.open(path, options.bytes);
    try {
      return new DecisionSpool(file, payloads.map(decodeDecisions), options);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  keep(decisions: readonly Decision[], isExit: boolean): Promise<SpoolOutcome> {
    const payload = encodeDecisions(decisions);
    if (!this.hasRoom(SpoolFile.bytesOf(payload), isExit)) return Promise.resolve('full');
    return new Promise((settle) => {
      this.planned().push({ payload, settle });
      this.waitingBytes += SpoolFile.bytesOf(payload);
    });
  }

  clear(): Promise<void> {
    // What comes after this call must not be written before it.
    this.open = undefined;
    this.work = this.work.then(async () => {
      try {
        await this.file.clear();
      } catch (error) {
        // What stays is appended once more by the next start, and found to be in the log.
        this.options.onTrouble(`the spool cannot be cleared: ${String(error)}`);
      }
    });
    return this.work;
  }

  async close(): Promise<void> {
    await this.work;
    this.file.close();
  }

  private hasRoom(bytes: number, isExit: boolean): boolean {
    const room = this.file.size - SPOOL_HEADER_BYTES;
    const limit = isExit ? room : Math.floor(room * (1 - this.options.exitShare));
    return this.file.used + this.waitingBytes + bytes <= limit;
  }

  private planned(): Waiting[] {
    if (this.open) return this.open;
    const batch: Waiting[] = [];
    this.open = batch;
    this.work = this.work.then(() => this.write(batch));
    return batch;
  }

  private async write(batch: readonly Waiting[]): Promise<void> {
    if (this.open === batch) this.open = undefined;
    let outcome: SpoolOutcome = 'kept';
    try {
      await this.file.append(batch.map(({ payload }) => payload));
    } catch (error) {
      outcome = 'broken';
      this.options.onTrouble(`the spool cannot be written: ${String(error)}`);
    }
    for (const { payload, settle } of batch) {
      this.waitingBytes -= SpoolFile.bytesOf(payload);
      settle(outcome);
    }
  }
}
