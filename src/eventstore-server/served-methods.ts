import { appendHandler, deleteHandler } from './append.handler.js';
import { BatchAppendHandler } from './batch-append.handler.js';
import type { Method } from './grpc-server.transport.js';
import type { TrafficCounts } from './metrics.js';
import type { Node } from './node.js';
import {
  operationHandler,
  startScavengeHandler,
  statsHandler,
  stopScavengeHandler,
} from './operations.handler.js';
import { GROUP_METHODS, groupHandler } from './persistent-groups.handler.js';
import { persistentReadHandler } from './persistent-read.handler.js';
import { enableProjectionHandler } from './projections.handler.js';
import { readHandler } from './read.handler.js';
import {
  answerWith,
  clusterInfo,
  type ServedService,
  supportedMethods,
} from './server-info.handler.js';

const STREAMS = 'event_store.client.streams.Streams';
const PERSISTENT = 'event_store.client.persistent_subscriptions.PersistentSubscriptions';
const OPERATIONS = 'event_store.client.operations.Operations';
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

/** What the calls of administrators need besides the node. */
export interface NodeControl {
  readonly traffic: () => TrafficCounts;
  /** Ends the node in order, as a signal would. */
  readonly shutdown: () => void;
}

/** Every method that the node serves, by its path. What is not here is "unimplemented". */
export function methodsOf(node: Node, control: NodeControl): ReadonlyMap<string, Method> {
  const { store } = node;
  return new Map<string, Method>([
    ...infoMethods(),
    ...groupMethods(node),
    ...operationMethods(node, control),
    [`/${STREAMS}/Read`, { handle: (call, peer) => readHandler(call, peer, node), isLong: true }],
    [`/${STREAMS}/Append`, { handle: (call, peer) => appendHandler(call, peer, node) }],
    [
      `/${STREAMS}/BatchAppend`,
      { handle: (call, { access }) => new BatchAppendHandler(call, access, node), isLong: true },
    ],
    [`/${STREAMS}/Delete`, removal(node, store.deleteStream.bind(store))],
    [`/${STREAMS}/Tombstone`, removal(node, store.tombstone.bind(store))],
    [
      `/${PERSISTENT}/Read`,
      { handle: (call, peer) => persistentReadHandler(call, peer, node), isLong: true },
    ],
    ['/event_store.client.projections.Projections/Enable', { handle: enableProjectionHandler }],
  ]);
}

/** What clients ask before they know who they are: everybody is answered. */
function infoMethods(): [string, Method][] {
  const services = [STREAMS_SERVICE, PERSISTENT_SERVICE];
  return [
    [
      '/event_store.client.server_features.ServerFeatures/GetSupportedMethods',
      { handle: (call) => answerWith(call, () => supportedMethods(services)) },
    ],
    [
      '/event_store.client.gossip.Gossip/Read',
      { handle: (call, { host, port }) => answerWith(call, () => clusterInfo(host, port)) },
    ],
  ];
}

function groupMethods({ groups }: Node): [string, Method][] {
  return Object.entries(GROUP_METHODS).map(([name, method]) => [
    `/${PERSISTENT}/${name}`,
    { handle: (call, peer) => groupHandler(call, peer, { groups, method }) },
  ]);
}

function operationMethods(node: Node, { traffic, shutdown }: NodeControl): [string, Method][] {
  const operations: Readonly<Record<string, () => void | Promise<void>>> = {
    // Behind the answer: whoever asked hears that it was understood.
    Shutdown: () => void setImmediate(shutdown),
    RestartPersistentSubscriptions: () => node.groups.restart(),
  };
  return [
    ...Object.entries(operations).map(([name, operate]): [string, Method] => [
      `/${OPERATIONS}/${name}`,
      { handle: (call, peer) => operationHandler(call, peer, operate) },
    ]),
    [
      `/${OPERATIONS}/StartScavenge`,
      { handle: (call, peer) => startScavengeHandler(call, peer, node.scavenges) },
    ],
    [
      `/${OPERATIONS}/StopScavenge`,
      { handle: (call, peer) => stopScavengeHandler(call, peer, node.scavenges) },
    ],
    [
      '/event_store.client.monitoring.Monitoring/Stats',
      { handle: (call, peer) => statsHandler(call, peer, { node, traffic }), isLong: true },
    ],
  ];
}

function removal({ commits }: Node, remove: Parameters<typeof deleteHandler>[2]['remove']): Method {
  return { handle: (call, peer) => deleteHandler(call, peer, { commits, remove }) };
}
