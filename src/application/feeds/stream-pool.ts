import { StreamConnection } from './stream-connection.js';
import type { ConnectionHandlers, ConnectionOptions } from './stream-connection.js';

/**
 * As many lasting connections as a venue's limit of topics for each asks for, seen as one.
 *
 * Connected means that all are; lost, that one is not: whoever asks for an instrument must not be told that it is
 * guarded by a connection which carries another.
 */
export class StreamPool {
  private readonly connections: StreamConnection[] = [];
  private readonly down = new Set<StreamConnection>();
  /** By connection, as of its newest opening: what replayed a recording yesterday may be a venue today. */
  private readonly recorded = new Map<StreamConnection, string | null>();
  private isLossTold = false;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly handlers: ConnectionHandlers,
  ) {}

  get connectionCount(): number {
    return this.connections.length;
  }

  /** Topics that stand already stay as they are. */
  subscribe(topics: readonly string[]): void {
    let left = topics.filter((topic) => !this.connections.some((one) => one.has(topic)));
    for (const connection of this.connections) {
      const room = this.options.protocol.topicsPerConnectionMax - connection.topicCount;
      connection.subscribe(left.slice(0, room));
      left = left.slice(Math.max(0, room));
    }
    for (let from = 0; from < left.length; from += this.options.protocol.topicsPerConnectionMax) {
      this.open(left.slice(from, from + this.options.protocol.topicsPerConnectionMax));
    }
  }

  unsubscribe(topics: readonly string[]): void {
    for (const connection of [...this.connections]) {
      connection.unsubscribe(topics);
      if (connection.topicCount > 0) continue;
      connection.close();
      this.down.delete(connection);
      this.recorded.delete(connection);
      this.connections.splice(this.connections.indexOf(connection), 1);
    }
  }

  close(): void {
    for (const connection of this.connections) connection.close();
    this.connections.length = 0;
  }

  private open(topics: readonly string[]): void {
    const connection: StreamConnection = new StreamConnection(this.options, {
      onText: this.handlers.onText.bind(this.handlers),
      onBinary: this.handlers.onBinary.bind(this.handlers),
      onConnected: ({ recorded }) => {
        this.down.delete(connection);
        this.recorded.set(connection, recorded);
        if (this.down.size > 0) return;
        this.isLossTold = false;
        const named = [...this.recorded.values()].find((name) => name !== null);
        this.handlers.onConnected({ recorded: named ?? null });
      },
      onLost: (reason) => {
        this.down.add(connection);
        if (!this.isLossTold) this.handlers.onLost(reason);
        this.isLossTold = true;
      },
    });
    this.connections.push(connection);
    this.down.add(connection);
    connection.start(topics);
  }
}
