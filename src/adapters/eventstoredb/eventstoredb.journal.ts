import {
  FORWARDS,
  NO_STREAM,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { AppendOutcome, Journal } from '../../application/ports/journal.port.js';
import type { Decision } from '../../engine/decisions.js';
import { withDeadline } from './deadline.js';
import { eventIdOf, toEventData } from './recorded-fact.js';
import { refusalWords } from './refusal-words.js';

export interface JournalOptions {
  readonly client: EventStoreDBClient;
  readonly build: string;
  readonly clock: () => number;
  /** The client itself never gives an append up. */
  readonly appendDeadlineMs: number;
}

/**
 * Appends through the official client and turns everything it may do (hang, raw transport errors, conflicts that are
 * our own earlier try) into a clear outcome. Whatever is unclear is settled by reading the stream back.
 */
export class EventStoreJournal implements Journal {
  constructor(private readonly options: JournalOptions) {}

  async append(decisions: readonly Decision[]): Promise<AppendOutcome> {
    const first = decisions[0];
    if (!first) throw new Error('Invariant: an append has at least one decision');
    const by = { build: this.options.build, wallTimeMs: this.options.clock() };
    const events = decisions.map((decision) => toEventData(decision, by));
    const expectedRevision =
      first.expectedRevision < 0 ? NO_STREAM : BigInt(first.expectedRevision);
    try {
      const result = await withDeadline(
        this.options.client.appendToStream(first.streamId, events, { expectedRevision }),
        this.options.appendDeadlineMs,
      );
      if (result.success && result.position) {
        return { kind: 'appended', position: result.position.commit };
      }
      return await this.readBack(decisions, 'the answer carries no position');
    } catch (error) {
      const isRace = error instanceof WrongExpectedVersionError;
      return this.readBack(decisions, refusalWords(error), isRace);
    }
  }

  /** Finds out by the ids in the stream whether an append whose answer is unclear took place. */
  private async readBack(
    decisions: readonly Decision[],
    reason: string,
    isRace = false,
  ): Promise<AppendOutcome> {
    const first = decisions[0];
    if (!first) return { kind: 'unavailable', reason };
    const { streamId } = first;
    const found: { id: string; position: bigint }[] = [];
    try {
      await withDeadline(
        this.collect(first, decisions.length, found),
        this.options.appendDeadlineMs,
      );
    } catch (error) {
      if (!(error instanceof StreamNotFoundError)) return { kind: 'unavailable', reason };
    }
    if (found.length === 0) {
      // A race that left no trace at our revision: the stream is shorter than we believe.
      return isRace
        ? { kind: 'conflict', streamId, found: 'a shorter stream' }
        : { kind: 'unavailable', reason };
    }
    const foreign = found.find(({ id }, at) => id !== idAt(decisions, at));
    if (foreign) return { kind: 'conflict', streamId, found: foreign.id };
    const rest = decisions.slice(found.length);
    // An earlier try carried fewer of them: what follows is still to be appended.
    if (rest.length > 0) return this.append(rest);
    return { kind: 'appended', position: found.at(-1)?.position ?? 0n };
  }

  private async collect(
    first: Decision,
    count: number,
    found: { id: string; position: bigint }[],
  ): Promise<void> {
    const read = this.options.client.readStream(first.streamId, {
      direction: FORWARDS,
      fromRevision: BigInt(first.expectedRevision + 1),
      maxCount: count,
    });
    for await (const { event, commitPosition } of read) {
      if (event) found.push({ id: event.id, position: commitPosition ?? 0n });
    }
  }
}

function idAt(decisions: readonly Decision[], at: number): string | undefined {
  const decision = decisions[at];
  return decision && eventIdOf(decision);
}
