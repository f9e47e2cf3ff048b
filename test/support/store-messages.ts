import { WireWriter } from '../../src/eventstore-server/protocol/wire.codec.js';

const STREAMS = '/event_store.client.streams.Streams';
const GROUPS = '/event_store.client.persistent_subscriptions.PersistentSubscriptions';
const ID = '00000000-0000-4000-8000-000000000001';

type Fill = (writer: WireWriter) => void;

export interface StoreRequest {
  readonly path: string;
  /** Messages of one call, well formed. */
  readonly messages: readonly Buffer[];
}

/** A sound request for every method: what a mutation starts from. All but the end of the node. */
export const STORE_REQUESTS: readonly StoreRequest[] = [
  call(
    `${STREAMS}/Read`,
    message((read) => read.message(1, streamRead('fuzz'))),
  ),
  call(
    `${STREAMS}/Read`,
    message((read) => read.message(1, allRead)),
  ),
  call(
    `${STREAMS}/Append`,
    message((append) => append.message(1, target)),
    message((append) => append.message(2, event)),
  ),
  call(
    `${STREAMS}/Delete`,
    message((remove) => remove.message(1, target)),
  ),
  call(
    `${STREAMS}/Tombstone`,
    message((remove) => remove.message(1, target)),
  ),
  call(
    `${STREAMS}/BatchAppend`,
    message((batch) => {
      batch.message(1, uuid);
      batch.message(2, (options) => {
        name(options, 'fuzz');
        options.empty(4).message(6, (deadline) => deadline.uint(1, 4_000_000_000));
      });
      batch.message(3, event).bool(4, true);
    }),
  ),
  call(
    `${GROUPS}/Create`,
    message((create) => create.message(1, group)),
  ),
  call(
    `${GROUPS}/Update`,
    message((update) => update.message(1, group)),
  ),
  call(
    `${GROUPS}/Delete`,
    message((remove) => remove.message(1, (options) => groupName(options, 2))),
  ),
  call(
    `${GROUPS}/Read`,
    message((read) =>
      read.message(1, (options) => {
        groupName(options, 2);
        options.uint(3, 10).message(4, (form) => form.empty(2));
      }),
    ),
    message((read) => read.message(2, (ack) => ack.bytes(1, Buffer.from('x')).message(2, uuid))),
  ),
  call(
    `${GROUPS}/GetInfo`,
    message((info) => info.message(1, (options) => groupName(options, 3))),
  ),
  call(
    `${GROUPS}/ReplayParked`,
    message((replay) =>
      replay.message(1, (options) => {
        options
          .string(1, 'g')
          .message(2, (identifier) => identifier.string(3, 'fuzz'))
          .empty(5);
      }),
    ),
  ),
  call(
    `${GROUPS}/List`,
    message((list) => list.message(1, (options) => options.empty(1))),
  ),
  call(`${GROUPS}/RestartSubsystem`, Buffer.alloc(0)),
  call('/event_store.client.server_features.ServerFeatures/GetSupportedMethods', Buffer.alloc(0)),
  call('/event_store.client.gossip.Gossip/Read', Buffer.alloc(0)),
  call(
    '/event_store.client.projections.Projections/Enable',
    message((enable) => enable.message(1, (options) => options.string(1, '$streams'))),
  ),
  call(
    '/event_store.client.monitoring.Monitoring/Stats',
    message((stats) => stats.uint(2, 1000)),
  ),
  call(
    '/event_store.client.operations.Operations/StartScavenge',
    message((start) => start.message(1, (o) => o.uint(1, 1))),
  ),
];

function call(path: string, ...messages: readonly Buffer[]): StoreRequest {
  return { path, messages };
}

function message(fill: Fill): Buffer {
  const writer = new WireWriter();
  fill(writer);
  return writer.finish();
}

function uuid(writer: WireWriter): void {
  writer.string(2, ID);
}

function name(writer: WireWriter, stream: string): void {
  writer.message(1, (identifier) => identifier.string(3, stream));
}

function target(writer: WireWriter): void {
  name(writer, 'fuzz');
  writer.empty(3);
}

function event(writer: WireWriter): void {
  writer.message(1, uuid);
  writer.message(2, (entry) => entry.string(1, 'type').string(2, 'Fuzz'));
  writer.message(2, (entry) => entry.string(1, 'content-type').string(2, 'application/json'));
  writer.bytes(3, Buffer.from('{"$correlationId":"c"}')).bytes(4, Buffer.from('{"n":1}'));
}

function streamRead(stream: string): Fill {
  return (options) => {
    options.message(1, (source) => {
      name(source, stream);
      source.uintAlways(2, 3);
    });
    options
      .uint(5, 10)
      .empty(8)
      .message(9, (form) => form.empty(2));
  };
}

function allRead(options: WireWriter): void {
  options.message(2, (source) => source.message(1, (place) => place.uint(1, 9).uint(2, 9)));
  options.empty(6);
  options.message(7, (filter) => {
    filter.message(2, (expression) => expression.string(1, '^[a-z]+$').string(2, 'Fu'));
    filter.uint(3, 32).uint(5, 2);
  });
  options.message(9, (form) => form.empty(2));
}

function groupName(options: WireWriter, field: number): void {
  name(options, 'fuzz');
  options.string(field, 'g');
}

/** Starts beyond any end, which is refused: groups are not what grows here. */
function group(options: WireWriter): void {
  options.message(5, (all) =>
    all.message(1, (place) => place.uint(1, 2 ** 50).uint(2, 2 ** 50)).empty(5),
  );
  options.string(2, 'g');
  options.message(3, (settings) => {
    settings.bool(1, true).uint(4, 1000).uint(5, 10).uint(7, 500).uint(8, 20).uint(9, 500);
  });
}
