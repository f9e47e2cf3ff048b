/** Who owns a partition, as the log has it. */
export interface LeaseRecord {
  /** Id of the data directory whose engine owns the partition. */
  readonly holder: string;
  /** The owner claims anew within this time while another engine stands by. */
  readonly leaseMs: number;
  readonly state: 'held' | 'released';
  /**
   * The owner before this one fell silent and never gave the partition up: what it decided at the end may be at a venue and
   * in no log. Missing: nobody did.
   */
  readonly isAfterSilence?: true;
}

export type LeaseReading =
  | { readonly kind: 'found'; readonly revision: number; readonly record: LeaseRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** `unavailable`: whether the claim took place is not known. */
export type LeaseWrite =
  | { readonly kind: 'written'; readonly revision: number }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Claims of one partition in the log. Never throws for what the log or the network may do; every call ends in time. */
export interface LeaseStore {
  read(): Promise<LeaseReading>;
  /** Writes only if nobody wrote since that revision; -1 when nobody ever did. */
  write(record: LeaseRecord, expectedRevision: number): Promise<LeaseWrite>;
  /** Says that an engine stands by. */
  announce(holder: string): Promise<void>;
  /** Number of announcements there ever were; undefined when the log cannot be reached. */
  announcements(): Promise<number | undefined>;
}
