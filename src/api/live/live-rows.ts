import type { EventFeed } from '../../application/ports/event-feed.port.js';
import type { LoggedDecision } from '../../application/decision-stream.js';
import { foldOf, rowAt } from '../past.js';
import type { PastNoun } from '../past.js';

interface Kept {
  readonly revision: number;
  readonly row: object | undefined;
}

/** A row of usual size is a kilobyte or two. */
const KEPT_MAX = 5_000;

/** Rows as they are after a decision, without any table: each is the fold of its own stream, gone on with. */
export class LiveRows {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly log: Pick<EventFeed, 'readStream'>) {}

  /** Undefined: after it there is no such row. */
  async after(noun: PastNoun, { recorded, position }: LoggedDecision): Promise<object | undefined> {
    const { streamId, revision } = recorded;
    const known = this.kept.get(streamId);
    if (known?.revision === revision) return known.row;
    const id = streamId.slice(noun.length + 1);
    const row =
      known?.revision === revision - 1
        ? foldOf(noun).evolve(known.row, recorded, id)
        : (await rowAt(this.log, { noun, id, moment: { kind: 'position', position } })).item;
    // A slow reader asks for what is past: what is kept is the newest.
    if (!known || known.revision < revision) this.keep(streamId, { revision, row });
    return row;
  }

  private keep(streamId: string, kept: Kept): void {
    this.kept.delete(streamId);
    this.kept.set(streamId, kept);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }
}
