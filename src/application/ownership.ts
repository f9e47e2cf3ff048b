import type { LeaseReading, LeaseRecord, LeaseStore } from './ports/lease.port.js';

export interface OwnershipOptions {
  readonly store: LeaseStore;
  /** Id of this data directory: what a killed engine held is taken back at once by the next run on the same data. */
  readonly holder: string;
  readonly leaseMs: number;
  /** How much later than the end of the lease a standby acts: clocks run at unlike speeds, and processes pause. */
  readonly marginMs: number;
  /** Monotonic ms. */
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly onStandingBy: (holder: string) => void;
  /** Whether the log has answered, several times in a lease, also while there is nothing to write. */
  readonly onSight?: (isAnswered: boolean) => void;
  /**
   * Taken over from an owner that has not claimed anew since this engine announced itself: if it lives, it has never
   * heard of a standby, and goes on sending.
   */
  readonly onUnheard: (holder: string) => void;
  /** Another engine owns the partition now: this one must end. */
  readonly onLost: (holder: string) => void;
}

/**
 * One engine owns a partition.
 *
 *     standing by ──released, or silent for lease + margin──► owner ──claimed by another──► lost
 *
 * An owner that knows of no standby needs no lease: it writes nothing and goes on whatever happens to the log. Once a
 * standby has announced itself the owner claims anew within the lease, and sends nothing while it could not. One that was
 * cut off from the log before has no such lease: who takes over from it says so, for a human must make sure that it is dead.
 */
export class Ownership {
  private revision = -1;
  private heldUntilMs = Infinity;
  private announcements: number | undefined;
  private hasStandby = false;
  private standbySeenMs = -Infinity;
  private isClosed = false;
  private isOwner = false;
  private silentUntilMs: number | undefined;
  /** When another owner was last seen to claim anew. */
  private foreignSeenMs: number | undefined;
  private hasHeardOwner = false;
  private waiting: (() => void)[] = [];

  constructor(private readonly options: OwnershipOptions) {}

  /** Resolves once this engine owns the partition. */
  async acquire(): Promise<void> {
    let silence: { readonly revision: number; readonly sinceMs: number } | undefined;
    while (!this.isClosed) {
      const found = await this.options.store.read();
      this.options.onSight?.(found.kind !== 'unavailable');
      if (found.kind !== 'unavailable') {
        silence = this.silenceOf(found, silence);
        if (this.mayClaim(found, silence) && (await this.claim(found))) return;
        if (isForeign(found, this.options.holder)) {
          await this.options.store.announce(this.options.holder);
        }
      }
      await this.options.pause(this.untilClaim(found, silence));
    }
    await new Promise<never>(() => undefined);
  }

  /** Whether another engine, which is stood by for, has claimed anew within its lease. */
  get seesOwner(): boolean {
    const { clock, leaseMs } = this.options;
    return this.foreignSeenMs !== undefined && clock() - this.foreignSeenMs <= leaseMs;
  }

  /** Until when another owner, which fell silent, may have sent orders that the log does not know; undefined: none did. */
  get othersSentUntilMs(): number | undefined {
    return this.silentUntilMs;
  }

  /** Resolves when an order may leave: at once, or when the lease, which has run out, is renewed. */
  permission(): Promise<void> {
    if (this.maySend()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Looks after the lease until it is closed or lost. */
  async keep(): Promise<void> {
    while (!this.hasEnded()) {
      await this.options.pause(this.options.leaseMs / 4);
      await this.lookForStandby();
      if (this.hasStandby && !this.hasEnded()) await this.renew();
      if (this.maySend()) for (const resume of this.waiting.splice(0)) resume();
    }
  }

  /** Gives the partition to whoever stands by. */
  async release(): Promise<void> {
    this.isClosed = true;
    if (!this.isOwner) return;
    this.isOwner = false;
    const { holder, leaseMs } = this.options;
    await this.options.store.write({ holder, leaseMs, state: 'released' }, this.revision);
  }

  private record(): LeaseRecord {
    const { holder, leaseMs } = this.options;
    const isAfterSilence = this.silentUntilMs !== undefined;
    return { holder, leaseMs, state: 'held', ...(isAfterSilence && { isAfterSilence }) };
  }

  private silenceOf(
    found: LeaseReading,
    known: { readonly revision: number; readonly sinceMs: number } | undefined,
  ): { readonly revision: number; readonly sinceMs: number } {
    const revision = found.kind === 'found' ? found.revision : -1;
    if (known?.revision === revision) return known;
    if (known) this.hasHeardOwner = true;
    this.foreignSeenMs = isForeign(found, this.options.holder) ? this.options.clock() : undefined;
    if (!known && isForeign(found, this.options.holder) && found.kind === 'found') {
      this.options.onStandingBy(found.record.holder);
    }
    return { revision, sinceMs: this.options.clock() };
  }

  private mayClaim(found: LeaseReading, silence: { readonly sinceMs: number }): boolean {
    return this.silenceLeftMs(found, silence) <= 0;
  }

  private silenceLeftMs(found: LeaseReading, silence: { readonly sinceMs: number }): number {
    if (found.kind !== 'found' || !isForeign(found, this.options.holder)) return 0;
    const silentMs = this.options.clock() - silence.sinceMs;
    return found.record.leaseMs + this.options.marginMs - silentMs;
  }

  /** No longer than the owner has left: every moment after that nobody guards. */
  private untilClaim(
    found: LeaseReading,
    silence: { readonly sinceMs: number } | undefined,
  ): number {
    const usualMs = this.options.leaseMs / 4;
    const leftMs = silence ? this.silenceLeftMs(found, silence) : 0;
    return leftMs > 0 ? Math.min(usualMs, leftMs) : usualMs;
  }

  private async claim(found: LeaseReading): Promise<boolean> {
    const { store, clock, leaseMs } = this.options;
    const before = clock();
    const expected = found.kind === 'found' ? found.revision : -1;
    const isAfterSilence = isForeign(found, this.options.holder) || hasDoubt(found);
    this.silentUntilMs = isAfterSilence ? before : undefined;
    const written = await store.write(this.record(), expected);
    if (written.kind !== 'written') return false;
    this.revision = written.revision;
    this.isOwner = true;
    this.announcements = await store.announcements();
    // Whoever stood by until now may do so again.
    this.heldUntilMs = before + leaseMs;
    if (found.kind === 'found' && isForeign(found, this.options.holder) && !this.hasHeardOwner)
      this.options.onUnheard(found.record.holder);
    return true;
  }

  private async lookForStandby(): Promise<void> {
    const now = this.options.clock();
    const count = await this.options.store.announcements();
    this.options.onSight?.(count !== undefined);
    if (count !== undefined && count !== this.announcements) {
      // Unknown until now is not new.
      if (this.announcements !== undefined) this.standbySeenMs = now;
      this.announcements = count;
    }
    // A standby announces itself four times in a lease: after some leases of silence it is gone.
    const isNear = now - this.standbySeenMs <= 4 * this.options.leaseMs;
    if (count !== undefined || isNear) this.hasStandby = isNear;
  }

  private async renew(): Promise<void> {
    const { store, clock, leaseMs, holder } = this.options;
    const before = clock();
    const written = await store.write(this.record(), this.revision);
    if (written.kind === 'written') {
      this.revision = written.revision;
      this.heldUntilMs = before + leaseMs;
      return;
    }
    if (written.kind === 'unavailable') return;
    const found = await store.read();
    if (found.kind !== 'found') return;
    // A claim of ours whose answer was lost: the next renewal follows it.
    if (found.record.holder === holder) this.revision = found.revision;
    else this.lose(found.record.holder);
  }

  private lose(holder: string): void {
    this.isClosed = true;
    this.isOwner = false;
    this.options.onLost(holder);
  }

  private maySend(): boolean {
    if (!this.isOwner) return false;
    return !this.hasStandby || this.options.clock() < this.heldUntilMs;
  }

  private hasEnded(): boolean {
    return this.isClosed;
  }
}

/** A run of ours that took over and was killed since: what was in doubt then still is. */
function hasDoubt(found: LeaseReading): boolean {
  return found.kind === 'found' && found.record.state === 'held' && !!found.record.isAfterSilence;
}

function isForeign(found: LeaseReading, holder: string): boolean {
  return found.kind === 'found' && found.record.state === 'held' && found.record.holder !== holder;
}
