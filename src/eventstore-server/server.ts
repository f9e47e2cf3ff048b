import { appendHandler, deleteHandler } from './append.handler.js';
import { BatchAppendHandler } from './batch-append.handler.js';
import { GrpcServer, type Method } from './grpc-server.transport.js';
import { claimDataDirectory } from './log/data-directory.js';
import { GroupRegistry } from './persistent/group-registry.js';
import { GROUP_METHODS, groupHandler } from './persistent-groups.handler.js';
import { persistentReadHandler } from './persistent-read.handler.js';
import { readHandler } from './read.handler.js';
import {
  answerWith,
  clusterInfo,
  type ServedService,
  supportedMethods,
} from './server-info.handler.js';
import { EventStore } from './streams/event-store.js';
import { writeFirstEvents } from './streams/first-events.js';

export interface ServerOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Data directory; created if it is not there. */
  readonly db: string;
  readonly host: string;
  /** How long a batch may take to arrive as a whole. */
  readonly commitTimeoutMs: number;
  /** Told when the log cannot be written any more. The server answers no append from then on. */
  readonly onFailure: (error: Error) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Bytes of an unfinished write that were cut off at this start. */
  readonly tornBytes: number;
  /** Ends all calls, waits for what is being written and releases the data directory. */
  close(): Promise<void>;
}

const STREAMS = 'event_store.client.streams.Streams';
const PERSISTENT = 'event_store.client.persistent_subscriptions.PersistentSubscriptions';
const PERSISTENT_SERVICE: ServedService = {
  service: PERSISTENT.toLowerCase(),
  methods: ['Read', ...Object.keys(GROUP_METHODS)].map((name) => ({
    name: name.toLowerCase(),
    features: ['stream', 'all'],
  })),
};
const STREAMS_SERVICE: ServedService = {
  service: STREAMS.toLowerCase(),
  methods: [
    { name: 'read', features: ['position', 'events'] },
    { name: 'append', features: [] },
    { name: 'batchappend', features: ['deadline_duration'] },
    { name: 'delete', features: [] },
    { name: 'tombstone', features: [] },
  ],
};

/**
 * Starts an event store on a data directory and a port.
 *
 * Rejects: DataDirectoryError, DamagedLogError, or the error of the port (code EADDRINUSE).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const directory = claimDataDirectory(options.db);
  let store: EventStore | undefined;
  try {
    store = await EventStore.open(directory.logPath, options.onFailure);
    const opened = store;
    await writeFirstEvents(opened);
    const groups = await GroupRegistry.open(opened);
    const server = new GrpcServer(methodsOf(opened, groups, options.commitTimeoutMs));
    const port = await server.listen(options.port, options.host);
    return {
      port,
      tornBytes: opened.tornBytes,
      async close() {
        await opened.durable();
        groups.release();
        await server.close();
        await opened.close();
        directory.release();
      },
    };
  } catch (error) {
    await store?.close();
    directory.release();
    throw error;
  }
}

function methodsOf(
  store: EventStore,
  groups: GroupRegistry,
  commitTimeoutMs: number,
): ReadonlyMap<string, Method> {
  const services = [STREAMS_SERVICE, PERSISTENT_SERVICE];
  const groupMethods = Object.entries(GROUP_METHODS).map(([name, method]): [string, Method] => [
    `/${PERSISTENT}/${name}`,
    (call) => groupHandler(call, groups, method),
  ]);
  return new Map<string, Method>([
    [
      '/event_store.client.server_features.ServerFeatures/GetSupportedMethods',
      (call) => answerWith(call, () => supportedMethods(services)),
    ],
    [
      '/event_store.client.gossip.Gossip/Read',
      (call, { host, port }) => answerWith(call, () => clusterInfo(host, port)),
    ],
    [`/${STREAMS}/Read`, (call) => readHandler(call, store)],
    [`/${STREAMS}/Append`, (call) => appendHandler(call, store)],
    [`/${STREAMS}/BatchAppend`, (call) => new BatchAppendHandler(call, store, commitTimeoutMs)],
    [`/${STREAMS}/Delete`, (call) => deleteHandler(call, store.deleteStream.bind(store))],
    [`/${STREAMS}/Tombstone`, (call) => deleteHandler(call, store.tombstone.bind(store))],
    [`/${PERSISTENT}/Read`, (call, { from }) => persistentReadHandler(call, groups, from)],
    ...groupMethods,
  ]);
}
