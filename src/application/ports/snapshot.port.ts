import type { PartitionImage } from '../../engine/partition-image.js';
import type { DurableOutcome } from '../recovery.js';
import type { UnreadableRecord } from './event-feed.port.js';

/** An image of the engine with its place in the log. */
export interface EngineSnapshot {
  readonly build: string;
  /** Every event of the log up to and with this position is in the image. */
  readonly position: bigint;
  readonly epoch: number;
  /** When the engine of that epoch started: the log that it belongs to says the same. */
  readonly epochAtMs: number;
  readonly outcomes: readonly (readonly [commandId: string, durable: DurableOutcome])[];
  readonly unreadable: readonly UnreadableRecord[];
  readonly image: PartitionImage;
}

export type FoundSnapshot =
  | { readonly kind: 'found'; readonly snapshot: EngineSnapshot }
  | { readonly kind: 'none' }
  /** There is one, but it is damaged or of another form. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** Keeps the newest snapshot. It is a cache: it may be lost at any moment. */
export interface SnapshotStore {
  read(): FoundSnapshot;
  /** All or nothing: whoever is killed meanwhile leaves the one of before. Rejects when the disk does not take it. */
  write(snapshot: EngineSnapshot): Promise<void>;
}
