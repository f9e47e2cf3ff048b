import { setImmediate as nextTurn } from 'node:timers/promises';
import { asGrpcError } from '../grpc-call.transport.js';
import type { GrpcError } from '../protocol/grpc-status.js';
import { persistentEvent } from '../protocol/persistent-response.codec.js';
import type { ResolvedEvent } from '../protocol/read-response.codec.js';
import { readEvents } from '../streams/event-reader.js';
import type { EventStore } from '../streams/event-store.js';
import { CheckpointWriter } from './checkpoint-writer.js';
import type { Consumer } from './consumer.js';
import type { ConsumerStrategy } from './consumer-strategy.js';
import { keyOf, targetOf } from './event-key.js';
import { type GroupItem, RetryQueue, takeFrom } from './group-item.js';
import { type GroupDefinition, groupKey } from './group-settings.js';
import type { GroupSource } from './group-source.js';
import { LatencyMeter } from './latency-meter.js';
import { InFlight } from './in-flight.js';
import { ParkedEvents } from './parked-events.js';
import { Progress } from './progress.js';
import { strategyOf } from './strategy-of.js';

/** What a client does with an event that it did not process. */
export type NackAction = 'retry' | 'park' | 'skip';

/** Events that are fetched and sent at a time. */
const BATCH_MAX = 64;
const BUFFER_MAX = 10_000; // Two numbers each: whatever a group asks for beyond gains it nothing.

/**
 * A persistent subscription: its consumers share the events of one source, each event goes to one of
 * them and comes again until it is answered or parked.
 *
 * ahead in the source → buffered → sent (in flight) → finished by ack, skip or parking.
 * sent → waiting to be sent again: by nack, timeout, or when its consumer left; goes before new ones.
 * Everything up to the checkpoint is finished, so a restart loses nothing and may repeat the rest.
 */
export class Group {
  readonly key: string;
  readonly meter = new LatencyMeter();
  readonly parked: ParkedEvents;
  readonly checkpoints: CheckpointWriter;
  readonly buffer: GroupItem[] = [];
  readonly retries = new RetryQueue();
  readonly inFlight: InFlight;
  /** Place of the newest event that was sent. */
  lastKnown: string | undefined;
  private readonly strategy: ConsumerStrategy;
  private readonly progress = new Progress<string>();
  private newest = -1;
  private isPumping = false;
  private isWanted = false;
  private isStopped = false;
  private readonly wake = (): void => this.pump();

  constructor(
    private readonly store: EventStore,
    readonly definition: GroupDefinition,
    readonly source: GroupSource,
  ) {
    const { settings } = definition;
    this.key = groupKey(definition.source, definition.group);
    this.parked = new ParkedEvents(store, this.key);
    this.checkpoints = new CheckpointWriter(store, this.key, settings);
    this.strategy = strategyOf(settings.strategy);
    this.inFlight = new InFlight(settings.messageTimeoutMs, (sent) => {
      this.comeAgain(sent.item, sent.target);
      this.pump();
    });
  }

  get consumers(): readonly Consumer[] {
    return this.strategy.consumers;
  }

  get isFull(): boolean {
    const { subscriberCountMax } = this.definition.settings;
    return subscriberCountMax > 0 && this.consumers.length >= subscriberCountMax;
  }

  join(consumer: Consumer): void {
    if (this.consumers.length === 0) this.source.watchers.add(this.wake);
    this.strategy.add(consumer);
    this.pump();
  }

  leave(consumer: Consumer): void {
    if (!this.consumers.includes(consumer)) return;
    this.strategy.remove(consumer);
    if (this.consumers.length === 0) this.source.watchers.delete(this.wake);
    for (const { item, target } of this.inFlight.takeOf(consumer)) {
      this.strategy.finished(item.key);
      this.comeAgain(item, target);
    }
    this.pump();
  }

  ack(ids: readonly string[]): void {
    for (const id of ids) {
      const sent = this.inFlight.take(id);
      if (sent === undefined) continue;
      sent.consumer.meter.note(performance.now() - sent.atMs);
      this.strategy.finished(sent.item.key);
      this.finish(sent.item);
    }
    this.pump();
  }

  nack(ids: readonly string[], action: NackAction, reason: string): void {
    for (const id of ids) {
      const sent = this.inFlight.take(id);
      if (sent === undefined) continue;
      const { item, target } = sent;
      this.strategy.finished(item.key);
      if (action === 'park')
        this.park(item, target, `Client explicitly NAK'ed message.\n${reason}`);
      else if (action === 'retry') this.comeAgain(item, target);
      else this.finish(item);
    }
    this.pump();
  }

  /** Delivers parked events again, up to the parked revision `stopAt`. */
  replayParked(stopAt: number): void {
    for (const { ordinal, revision } of this.parked.replay(stopAt)) {
      this.retries.add({ ordinal, revision, no: undefined, retryCount: 0, key: undefined });
    }
    this.pump();
  }

  /** Of no more use from here on, though nothing is lost. With an error all consumers are ended by it. */
  stop(error?: GrpcError): void {
    this.isStopped = true;
    this.source.watchers.delete(this.wake);
    this.inFlight.stop();
    this.checkpoints.stop();
    if (error === undefined) return;
    for (const consumer of [...this.consumers]) consumer.call.fail(error);
  }

  private pump(): void {
    this.isWanted = true;
    if (this.isPumping) return;
    this.isPumping = true;
    this.run()
      .catch((error: unknown) => {
        // A filter that takes too long, or a log that cannot be read: consumers hear of it.
        for (const consumer of [...this.consumers]) consumer.call.fail(asGrpcError(error));
      })
      .finally(() => (this.isPumping = false));
  }

  private async run(): Promise<void> {
    while (this.isWanted && !this.isStopped) {
      this.isWanted = false;
      while (await this.sendBatch());
    }
  }

  /** Returns whether there may be more to send. */
  private async sendBatch(): Promise<boolean> {
    const hasRoom = (item: GroupItem): boolean => this.strategy.hasRoom(item.key);
    const room = this.consumers.reduce((sum, consumer) => sum + consumer.room, 0);
    const count = Math.min(room, BATCH_MAX);
    if (count === 0 || this.isStopped) return false;
    const again = this.retries.take(count, hasRoom);
    const isSearching = this.fillBuffer();
    const fresh = takeFrom(this.buffer, count - again.length, hasRoom);
    const items = [...again, ...fresh];
    if (items.length === 0) {
      if (isSearching) await nextTurn();
      return isSearching;
    }
    const events = await this.fetch(items);
    return this.sendAll(items, events);
  }

  /** Returns whether the search for events of this group is not over yet. */
  private fillBuffer(): boolean {
    const { historyBufferSize, liveBufferSize, readBatchSize } = this.definition.settings;
    const size = Math.min(BUFFER_MAX, Math.max(1, historyBufferSize, liveBufferSize));
    while (this.buffer.length < size) {
      const wanted = Math.min(Math.max(1, readBatchSize), size - this.buffer.length);
      const events = this.source.take(wanted);
      for (const event of events) {
        const no = this.progress.begin(this.source.textOf(event));
        this.buffer.push({ ...event, no, retryCount: 0, key: undefined });
      }
      if (events.length < wanted) return this.source.ahead > 0;
    }
    return false;
  }

  private async fetch(items: readonly GroupItem[]): Promise<ResolvedEvent[]> {
    const { resolveLinks } = this.definition.settings;
    const fresh = items.filter(({ no }) => no !== undefined);
    const replayed = items.filter(({ no }) => no === undefined);
    // Who may consume is decided at joining; a group is not one reader.
    const form = { resolveLinks, structuredIds: false, canRead: () => true };
    const events = await readEvents(this.store, this.source.pageOf(fresh), form);
    const parked = { ordinals: replayed.map(({ ordinal }) => ordinal) };
    const links = await readEvents(this.store, parked, { ...form, resolveLinks: true });
    // In the order of the items: those that come again are mixed of both kinds.
    return items.flatMap(({ no }) => (no === undefined ? links : events).splice(0, 1));
  }

  private sendAll(items: readonly GroupItem[], events: readonly ResolvedEvent[]): boolean {
    const unsent: GroupItem[] = [];
    const used = new Set<Consumer>();
    const isNewKey = items.some(({ key }) => key === undefined) && this.strategy.key !== 'none';
    for (const [i, item] of items.entries()) {
      const event = events[i];
      if (event === undefined) throw new Error('Invariant: one event per item');
      item.key ??= keyOf(event, this.strategy.key);
      const id = this.idOf(item);
      // The id is how events are answered: a second one of the same id cannot be told apart.
      if (this.inFlight.has(id)) {
        this.finish(item);
        continue;
      }
      const consumer = this.isStopped ? undefined : this.strategy.choose(item.key);
      if (consumer === undefined) unsent.push(item);
      else {
        this.send(consumer, item, { id, event });
        used.add(consumer);
      }
    }
    this.putBack(unsent);
    for (const consumer of used) void consumer.flush(this.wake);
    // With the keys known, those without a free consumer are passed over from now on.
    return isNewKey || used.size > 0 || unsent.length < items.length;
  }

  private send(
    consumer: Consumer,
    item: GroupItem,
    { id, event }: { readonly id: string; readonly event: ResolvedEvent },
  ): void {
    const atMs = performance.now();
    this.inFlight.add(id, { item, consumer, atMs, target: targetOf(event) });
    this.strategy.sent(item.key);
    consumer.meter.totalItems++;
    this.meter.totalItems++;
    if (item.no !== undefined && item.no > this.newest) {
      this.newest = item.no;
      this.lastKnown = this.source.textOf(item);
    }
    const { structuredIds } = consumer.options;
    consumer.call.send(persistentEvent(event, { retryCount: item.retryCount, structuredIds }));
  }

  private putBack(items: readonly GroupItem[]): void {
    const fresh = items.filter(({ no, retryCount }) => no !== undefined && retryCount === 0);
    for (const item of items) if (!fresh.includes(item)) this.retries.add(item);
    if (fresh.length === 0) return;
    this.buffer.push(...fresh);
    this.buffer.sort((a, b) => (a.no ?? 0) - (b.no ?? 0));
  }

  private idOf(item: GroupItem): string {
    if (item.no === undefined) return this.store.index.columns.idText(item.ordinal);
    return this.source.idOf(item);
  }

  /** Sends an event once more, or parks it if that was done often enough. */
  private comeAgain(item: GroupItem, target: string | undefined): void {
    const { maxRetryCount } = this.definition.settings;
    if (item.retryCount >= maxRetryCount) {
      this.park(item, target, `Reached retry count of ${maxRetryCount}`);
      return;
    }
    item.retryCount++;
    this.retries.add(item);
  }

  private park(item: GroupItem, target: string | undefined, reason: string): void {
    const link = target ?? this.linkTextOf(item);
    const { revision } = item;
    this.parked.park({ target: link, revision, reason }, (isParked) => {
      // Only who deleted the parked stream for ever gets here: better again than lost.
      if (!isParked) this.retries.add(item);
      else this.finish(item);
      this.pump();
    });
  }

  private linkTextOf(item: GroupItem): string {
    const { index } = this.store;
    return `${index.revisionText(item.ordinal)}@${index.streamOf(item.ordinal).name}`;
  }

  private finish(item: GroupItem): void {
    if (item.no === undefined) return;
    this.progress.finish(item.no);
    this.checkpoints.note(() => {
      const { last, finishedCount } = this.progress;
      return last === undefined ? undefined : { text: last, count: finishedCount };
    });
  }
}
