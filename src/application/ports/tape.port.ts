import type { UnixMs } from '../../domain/kernel/units.js';
import type { EngineInput } from '../../engine/inputs.js';

/** An input of the engine as it was numbered, with the time that stood for "now". */
export interface TapeRecord {
  readonly epoch: number;
  /** 0-based within the epoch, strictly increasing. */
  readonly seq: number;
  readonly at: UnixMs;
  readonly input: EngineInput;
}

/**
 * Keeps every input of a partition. Neither call throws for a disk: an exit must not fail because the tape does.
 * What could not be kept is counted by the writer and missing from the numbers.
 */
export interface TapeWriterPort {
  /** Buffers in memory. The record must not change afterwards. */
  append(record: TapeRecord): void;
  /** Hands everything buffered to the operating system: a killed process loses nothing of it. */
  flush(): void;
  close(): Promise<void>;
}
