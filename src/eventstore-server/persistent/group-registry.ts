import type { GroupUpdate } from '../protocol/persistent-request.parse.js';
import {
  groupDropped,
  groupExists,
  groupFailed,
  groupMissing,
  type GroupName,
} from '../protocol/persistent-errors.js';
import { readRecordedEvent } from '../protocol/recorded-event.codec.js';
import { type EventStore, newUuid } from '../streams/event-store.js';
import { ANY } from '../streams/expected-version.js';
import { EventFilter } from '../subscriptions/event-filter.js';
import { CheckpointWriter } from './checkpoint-writer.js';
import { Group } from './group.js';
import {
  CONFIG_STREAM,
  CONFIG_TYPE,
  readGroupConfig,
  writeGroupConfig,
} from './group-config.codec.js';
import { ALL, type GroupDefinition, groupKey, refuseSettings } from './group-settings.js';
import { AllSource, type GroupSource, StreamSource } from './group-source.js';

const GROUPS_MAX = 10_000;
const INVALID_START =
  'Invalid Start From position: commit position must be less than or equal to the last commit position in the transaction file.';

/** All persistent subscriptions of the node. Every change is on the disk before it is answered. */
export class GroupRegistry {
  private groups = new Map<string, Group>();

  private constructor(private readonly store: EventStore) {}

  static async open(store: EventStore): Promise<GroupRegistry> {
    const registry = new GroupRegistry(store);
    await registry.load();
    return registry;
  }

  /** Throws a GrpcError if there is none. */
  get(name: GroupName): Group {
    const group = this.groups.get(groupKey(name.source, name.group));
    if (group === undefined) throw groupMissing(name);
    return group;
  }

  list(): Group[] {
    return [...this.groups.values()];
  }

  /** Throws a GrpcError for a group that is there or must not be. */
  create(definition: GroupDefinition, by: string, done: () => void): void {
    if (this.groups.has(groupKey(definition.source, definition.group))) {
      throw groupExists(definition);
    }
    if (this.groups.size >= GROUPS_MAX) {
      throw groupFailed(definition, `A node has at most ${GROUPS_MAX} groups.`);
    }
    this.check(definition);
    const group = this.begin(definition);
    if (definition.start === 'end') group.checkpoints.begin(group.source.end);
    group.source.seek(definition.start);
    this.save(by, done);
  }

  /** Gives a group other settings. Its consumers are dropped, its progress is kept. */
  async update(update: GroupUpdate, by: string, done: () => void): Promise<void> {
    const old = this.get(update);
    const { filter } = old.definition;
    const definition = { ...update, filter };
    this.check(definition);
    const { checkpoint, startedAt } = await this.progressOf(old);
    if (this.get(update) !== old) throw groupMissing(update); // Another call was faster.
    const wasAtEnd = old.definition.start === 'end';
    old.stop(groupDropped(update));
    const group = this.begin(definition);
    if (checkpoint !== undefined) group.source.seekBehind(checkpoint);
    else if (definition.start === 'end' && wasAtEnd && startedAt !== undefined) {
      group.source.seek({ at: Number(startedAt) });
    } else {
      if (definition.start === 'end') group.checkpoints.begin(group.source.end);
      group.source.seek(definition.start);
    }
    group.checkpoints.text = checkpoint;
    this.save(by, done);
  }

  delete(name: GroupName, by: string, done: () => void): void {
    const group = this.get(name);
    this.groups.delete(group.key);
    group.stop(groupDropped(name));
    group.parked.discard();
    group.checkpoints.discard();
    this.save(by, done);
  }

  /** Stops everything and begins again from what is stored. */
  async restart(): Promise<void> {
    for (const group of this.groups.values()) group.stop(groupDropped(group.definition));
    this.groups = new Map();
    await this.store.durable();
    await this.load();
  }

  /** Lets go of everything at the end of the node; who ends the calls says why. */
  release(): void {
    for (const group of this.groups.values()) group.stop();
    this.groups = new Map();
  }

  private async load(): Promise<void> {
    for (const definition of await this.storedGroups()) {
      const group = this.begin(definition);
      const { checkpoint, startedAt } = await CheckpointWriter.read(this.store, group.key);
      group.checkpoints.text = checkpoint;
      if (checkpoint !== undefined) group.source.seekBehind(checkpoint);
      else if (definition.start === 'end' && startedAt !== undefined) {
        group.source.seek({ at: Number(startedAt) });
      } else group.source.seek(definition.start);
    }
  }

  /** Of the last document that can be read: anybody may have written to the stream. */
  private async storedGroups(): Promise<GroupDefinition[]> {
    const entry = this.store.index.find(CONFIG_STREAM);
    if (entry === undefined) return [];
    for (let at = entry.visibleLast; at >= entry.firstVisible; at--) {
      const ordinal = entry.ordinalAt(at);
      const [message] = ordinal === undefined ? [] : await this.store.read([ordinal]);
      const groups = message && readGroupConfig(readRecordedEvent(message).data);
      if (groups !== undefined) return groups;
    }
    return [];
  }

  private async progressOf(group: Group): Promise<{ checkpoint?: string; startedAt?: string }> {
    const stored = await CheckpointWriter.read(this.store, group.key);
    const checkpoint = group.checkpoints.text ?? stored.checkpoint;
    const { startedAt } = stored;
    return {
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(startedAt === undefined ? {} : { startedAt }),
    };
  }

  private check(definition: GroupDefinition): void {
    const reason = refuseSettings(definition.settings);
    if (reason !== undefined) throw groupFailed(definition, reason);
    const { source, start } = definition;
    if (source !== ALL || typeof start === 'string') return;
    const { columns, visible } = this.store.index;
    if (start.at > columns.position(visible - 1)) throw groupFailed(definition, INVALID_START);
  }

  private begin(definition: GroupDefinition): Group {
    const group = new Group(this.store, definition, this.sourceOf(definition));
    this.groups.set(group.key, group);
    return group;
  }

  private sourceOf({ source, filter }: GroupDefinition): GroupSource {
    const { index } = this.store;
    if (source === ALL) return new AllSource(this.store, new EventFilter(index, filter));
    return new StreamSource(this.store, index.entry(source));
  }

  private save(by: string, done: () => void): void {
    const definitions = this.list().map(({ definition }) => definition);
    const data = writeGroupConfig(definitions, by);
    const metadata = Buffer.alloc(0);
    const event = { id: newUuid(), type: CONFIG_TYPE, isJson: true, data, metadata };
    const request = { stream: CONFIG_STREAM, expected: ANY, events: [event] };
    this.store.append(request, done);
  }
}
