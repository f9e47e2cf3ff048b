import type { Node } from './node.js';

export interface TrafficCounts {
  readonly connections: number;
  readonly calls: number;
}

/** What the node counts, in the text form of Prometheus. */
export function metricsText(node: Node, traffic: TrafficCounts): string {
  const lines: string[] = [];
  for (const [name, [kind, help, value]] of Object.entries(measures(node, traffic))) {
    lines.push(`# HELP eventstore_${name} ${help}`, `# TYPE eventstore_${name} ${kind}`);
    lines.push(`eventstore_${name} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

type Measure = readonly [kind: 'counter' | 'gauge', help: string, value: number];

export function measures(node: Node, traffic: TrafficCounts): Record<string, Measure> {
  const { store, groups, subscriptions } = node;
  const { index } = store;
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    events_total: ['counter', 'Events that readers see in $all.', index.visible],
    streams: ['gauge', 'Streams, system streams included.', index.streamNames.count],
    log_bytes: ['gauge', 'Bytes of the log.', store.endPosition],
    pending_bytes: ['gauge', 'Bytes that wait for the disk.', store.pendingBytes],
    connections: ['gauge', 'Open connections.', traffic.connections],
    calls: ['gauge', 'Open calls.', traffic.calls],
    subscriptions: [
      'gauge',
      'Open subscriptions, consumers of groups included.',
      subscriptions.count,
    ],
    persistent_subscription_groups: ['gauge', 'Persistent subscriptions.', groups.list().length],
    process_resident_bytes: ['gauge', 'Memory of the process.', rss],
    process_heap_bytes: ['gauge', 'Used heap of the process.', heapUsed],
    process_external_bytes: ['gauge', 'Memory outside the heap.', external],
    process_cpu_seconds_total: ['counter', 'Processor time used.', cpuSeconds()],
    process_uptime_seconds: ['gauge', 'Since the start.', process.uptime()],
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
