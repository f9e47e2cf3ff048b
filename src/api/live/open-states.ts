import type { ReadModels } from '../read-models.port.js';
import { caller, requireScope } from '../access/caller.js';
import { openStateAt } from './open-state.js';
import type { OpenState } from './open-state.js';

/** Readers of the same rows are many, kinds of readers are few; a state may be a megabyte. */
const KINDS_MAX = 32;
/** So long after it was read a state is still there for who joins: nothing has happened since then. */
const LINGER_MS = 1_000;

interface Read {
  /** The state holds every decision up to here; while it has not begun it may still rise. */
  position: bigint;
  readonly state: Promise<OpenState>;
}

interface Reads {
  newest: Read;
  /** Begins when the newest has ended. */
  next: Read | undefined;
}

/**
 * What is open, read once for all who may see the same rows and join together.
 *
 *     nobody ──asked──► read ──asked for a later position──► read, and one more behind it, for all who ask meanwhile
 *
 * A state that was read for a position is right for whoever goes on behind it or behind an earlier one: what it holds of
 * later decisions they are told again.
 */
export class OpenStates {
  private readonly byKind = new Map<string, Reads>();

  constructor(private readonly reads: Pick<ReadModels, 'list' | 'waitFor'>) {}

  /** Of the rows that the caller may see. */
  at(position: bigint, accountIds?: readonly string[]): Promise<OpenState> {
    requireScope('read');
    const kind = kindOf(accountIds);
    const known = this.byKind.get(kind);
    if (!known) return this.first(kind, position, accountIds);
    if (known.newest.position >= position) return known.newest.state;
    known.next ??= this.behind(known, accountIds);
    if (known.next.position < position) known.next.position = position;
    return known.next.state;
  }

  private first(
    kind: string,
    position: bigint,
    accountIds: readonly string[] | undefined,
  ): Promise<OpenState> {
    const state = openStateAt(this.reads, position, accountIds);
    if (this.byKind.size >= KINDS_MAX) return state;
    const reads = { newest: { position, state }, next: undefined };
    this.byKind.set(kind, reads);
    this.forgetAfter(kind, reads, state);
    return state;
  }

  /** It is read on behalf of who asked first: all of a kind see the same. */
  private behind(reads: Reads, accountIds: readonly string[] | undefined): Read {
    const begun = reads.newest.state.catch(() => undefined);
    const state: Promise<OpenState> = begun.then(() => {
      reads.newest = read;
      reads.next = undefined;
      return openStateAt(this.reads, read.position, accountIds);
    });
    const read: Read = { position: -1n, state };
    return read;
  }

  /** A state that could not be read is read again for the next who asks. */
  private forgetAfter(kind: string, reads: Reads, state: Promise<OpenState>): void {
    const forget = () => {
      const { newest, next } = reads;
      const last = next ?? newest;
      if (last.state === state) this.byKind.delete(kind);
      else this.forgetAfter(kind, reads, last.state);
    };
    state.then(() => setTimeout(forget, LINGER_MS).unref(), forget);
  }
}

/** Callers of one kind may see the same rows of those that are asked for. */
function kindOf(accountIds: readonly string[] | undefined): string {
  const { accounts, scopes } = caller();
  const seesAll = accounts === 'all' || scopes.has('admin');
  return JSON.stringify([seesAll || [...accounts].sort(), accountIds && [...accountIds].sort()]);
}
