/**
 * Bounds of everything that clients can make grow. Each is far above what a desk needs, and each has
 * its error: nobody is left waiting, and nobody takes the memory of the others.
 */
export interface Limits {
  readonly connectionsMax: number;
  /** Told to clients by HTTP/2, which then queue what is more. */
  readonly callsPerConnectionMax: number;
  readonly callsMax: number;
  readonly subscriptionsMax: number;
  /** Of all filtered subscriptions together: what is due beyond it waits, and is replaced by the next. */
  readonly checkpointsPerSecondMax: number;
  /** What may go out of them at once, after a time without. */
  readonly checkpointsAtOnceMax: number;
  /** Data of one append; the original counts neither metadata nor types. */
  readonly appendBytesMax: number;
}

export const DEFAULT_LIMITS: Limits = {
  connectionsMax: 1000,
  callsPerConnectionMax: 10_000,
  callsMax: 100_000,
  subscriptionsMax: 50_000,
  checkpointsPerSecondMax: 100,
  checkpointsAtOnceMax: 500,
  appendBytesMax: 1024 * 1024,
};

/** Of the bytes of an append on the wire, over its data: metadata and types have to end somewhere. */
export const APPEND_OVERHEAD_BYTES_MAX = 64 * 1024 * 1024;
