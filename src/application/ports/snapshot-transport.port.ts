export interface SnapshotAnswer {
  readonly status: number;
  readonly text: string;
  /** What the venue says of when it may be asked again; null where it says nothing. */
  readonly retryAfterMs: number | null;
}

/** Asks a venue once for a whole state that its stream only tells the changes of. */
export interface SnapshotTransport {
  /** Rejects when no whole answer came within time and size. */
  get(address: string): Promise<SnapshotAnswer>;
}
