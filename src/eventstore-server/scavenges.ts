import { randomUUID } from 'node:crypto';
import { scavengeNotFound } from './protocol/grpc-status.js';
import { LINK_TYPE } from './protocol/recorded-event.codec.js';
import type { ScavengeAnswer } from './protocol/scavenge.codec.js';
import { type EventStore, newUuid } from './streams/event-store.js';
import { ANY } from './streams/expected-version.js';

/** Where administrators read how scavenges went: links into a stream for each. */
const SCAVENGES = '$scavenges';

interface Running {
  readonly id: string;
  isStopped: boolean;
  readonly done: Promise<void>;
}

type Outcome =
  | { readonly result: 'Success' | 'Stopped'; readonly spaceSaved: number }
  | { readonly result: 'Failed'; readonly error: string };

/**
 * One scavenge at a time: idle → running → idle. How it went is written where the original writes it.
 */
export class Scavenges {
  private running: Running | undefined;

  constructor(private readonly store: EventStore) {}

  start(firstSegment: number): ScavengeAnswer {
    if (this.running !== undefined) return { id: this.running.id, result: 'in-progress' };
    const id = randomUUID();
    this.running = { id, isStopped: false, done: this.run(id, firstSegment) };
    return { id, result: 'started' };
  }

  stop(id: string): ScavengeAnswer {
    if (this.running?.id !== id) throw scavengeNotFound(id);
    this.running.isStopped = true;
    return { id, result: 'stopped' };
  }

  /** Ends the running one behind its segment. */
  async close(): Promise<void> {
    if (this.running === undefined) return;
    this.running.isStopped = true;
    await this.running.done;
  }

  private async run(id: string, firstSegment: number): Promise<void> {
    const startMs = performance.now();
    this.tell(id, '$scavengeStarted', { startFromSegment: firstSegment });
    const outcome = await this.scavenge(firstSegment);
    const seconds = (performance.now() - startMs) / 1000;
    this.tell(id, '$scavengeCompleted', { ...outcome, timeTakenSeconds: seconds });
    await this.store.durable();
    this.running = undefined;
  }

  private async scavenge(firstSegment: number): Promise<Outcome> {
    try {
      const isStopped = (): boolean => this.running?.isStopped === true;
      const done = await this.store.scavenge(isStopped, firstSegment);
      return { result: done.isStopped ? 'Stopped' : 'Success', spaceSaved: done.bytesSaved };
    } catch (error) {
      return { result: 'Failed', error: error instanceof Error ? error.message : String(error) };
    }
  }

  private tell(id: string, type: string, details: object): void {
    const stream = `${SCAVENGES}-${id}`;
    const data = Buffer.from(JSON.stringify({ scavengeId: id, ...details }), 'utf8');
    const metadata = Buffer.alloc(0);
    const event = { id: newUuid(), type, isJson: true, data, metadata };
    const revision = (this.store.index.find(stream)?.last ?? -1) + 1;
    this.store.append({ stream, expected: ANY, events: [event] }, () => undefined);
    const link = {
      id: newUuid(),
      type: LINK_TYPE,
      isJson: false,
      data: Buffer.from(`${revision}@${stream}`, 'utf8'),
      metadata,
    };
    this.store.append({ stream: SCAVENGES, expected: ANY, events: [link] }, () => undefined);
  }
}
