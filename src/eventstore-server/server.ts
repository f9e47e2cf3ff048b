import { Access } from './access/access-policy.js';
import { Authenticator } from './access/authenticator.js';
import { SYSTEM } from './access/caller.js';
import type { User } from './access/user-file.js';
import { CommitClock } from './commit-clock.js';
import { GrpcServer, type KeepAlive } from './grpc-server.transport.js';
import { httpHandler } from './http.handler.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { DEFAULT_SEGMENT_SIZE } from './log/event-log.js';
import type { SegmentDirectory } from './log/segment-directory.js';
import { claimDataDirectory } from './log/data-directory.js';
import type { TrafficCounts } from './metrics.js';
import type { Node } from './node.js';
import { GroupRegistry } from './persistent/group-registry.js';
import { Quota } from './quota.js';
import { methodsOf } from './served-methods.js';
import { Scavenges } from './scavenges.js';
import { EventStore } from './streams/event-store.js';
import { writeFirstEvents } from './streams/first-events.js';
import { AllWatches } from './subscriptions/all-watches.js';
import { CheckpointPace } from './subscriptions/checkpoint-pace.js';

/** Keys and users belong together: passwords travel over TLS only. */
export interface Security {
  /** PEM texts. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer };
  readonly users: readonly User[];
}

export interface ServerOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Data directory; created if it is not there. */
  readonly db: string;
  readonly host: string;
  /** How long a batch may take to arrive as a whole. */
  readonly assemblyTimeoutMs: number;
  /** How long an append may wait for the disk. */
  readonly commitTimeoutMs: number;
  readonly limits?: Partial<Limits>;
  /** A file of the log that has grown to this is followed by the next one. */
  readonly segmentBytesMax?: number;
  readonly keepAlive: KeepAlive;
  /** Absent: cleartext, and whoever connects may do everything. */
  readonly security?: Security | undefined;
  /** Told when the log cannot be written any more. The server answers no append from then on. */
  readonly onFailure: (error: Error) => void;
  /** Told when an administrator asks for the end of the node: `close` is then due. */
  readonly onShutdown: () => void;
}

export interface RunningServer {
  readonly port: number;
  /** Bytes of an unfinished write that were cut off at this start. */
  readonly tornBytes: number;
  /** Ends all calls, waits for what is being written and releases the data directory. */
  close(): Promise<void>;
}

/**
 * Starts an event store on a data directory and a port.
 *
 * Rejects: DataDirectoryError, DamagedLogError, or the error of the port (code EADDRINUSE).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const directory = claimDataDirectory(options.db);
  let store: EventStore | undefined;
  try {
    store = await openStore(directory.segments, options);
    const opened = store;
    await writeFirstEvents(opened);
    const node = await nodeOf(opened, options);
    const server = transportOf(node, options);
    const port = await server.listen(options.port, options.host);
    return {
      port,
      tornBytes: opened.tornBytes,
      async close() {
        await opened.durable();
        node.groups.release();
        await node.scavenges.close();
        await server.close();
        node.commits.stop();
        node.watches.stop();
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

function openStore(segments: SegmentDirectory, options: ServerOptions): Promise<EventStore> {
  const { onFailure, segmentBytesMax } = options;
  if (segmentBytesMax === undefined) return EventStore.open(segments, { onFailure });
  const size = { ...DEFAULT_SEGMENT_SIZE, bytesMax: segmentBytesMax };
  return EventStore.open(segments, { onFailure, size });
}

async function nodeOf(store: EventStore, options: ServerOptions): Promise<Node> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  return {
    store,
    groups: await GroupRegistry.open(store),
    scavenges: new Scavenges(store),
    limits,
    assemblyMs: options.assemblyTimeoutMs,
    commits: new CommitClock(options.commitTimeoutMs),
    subscriptions: new Quota('subscriptions', limits.subscriptionsMax),
    watches: new AllWatches(
      store,
      new CheckpointPace(limits.checkpointsPerSecondMax, limits.checkpointsAtOnceMax),
    ),
  };
}

function transportOf(
  node: Node,
  { security, host, keepAlive, onShutdown }: ServerOptions,
): GrpcServer {
  const { index } = node.store;
  const everybody = new Access(SYSTEM, index);
  const authenticator = security && new Authenticator(security.users);
  const identify = (header: string | undefined): Access | Promise<Access> => {
    if (authenticator === undefined) return everybody;
    const caller = authenticator.identify(header);
    if (caller instanceof Promise) return caller.then((known) => new Access(known, index));
    return new Access(caller, index);
  };
  const traffic = (): TrafficCounts => ({
    connections: server.connectionCount,
    calls: server.callCount,
  });
  const http = { node, identify, host, isSecure: security !== undefined };
  const server: GrpcServer = new GrpcServer({
    methods: methodsOf(node, { traffic, shutdown: onShutdown }),
    onRequest: httpHandler(http, traffic),
    identify,
    tls: security?.tls,
    limits: node.limits,
    keepAlive,
  });
  return server;
}
