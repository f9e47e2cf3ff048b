import type {
  FeedTime,
  StreamAnswer,
  StreamProtocol,
  StreamSocket,
  StreamTransport,
} from '../ports/stream-transport.port.js';
import { MessageBudget } from './message-budget.js';

export interface LinkLimits {
  /** From asking for a connection to its first use: address, handshake and welcome. */
  readonly handshakeMsMax: number;
  /** A ping leaves so often; a connection that was silent for two of these is dead. */
  readonly heartbeatMs: number;
  /** A subscription that is not answered within this is taken for lost. */
  readonly answerMsMax: number;
}

export interface LinkHandlers {
  /** Greeted and subscribed to what it was opened for, or about to be: frames may flow. */
  onReady(info: { readonly recorded: string | null }): void;
  onText(text: string, atMs: number): void;
  onBinary(bytes: number, atMs: number): void;
  /** Told once; the link is of no use any more. */
  onEnded(reason: string): void;
}

export interface LinkOptions {
  readonly transport: StreamTransport;
  readonly protocol: StreamProtocol;
  readonly time: FeedTime;
  readonly limits: LinkLimits;
}

type LinkMode = 'opening' | 'greeting' | 'ready' | 'ended';

/**
 * One physical connection to a venue, from its opening to its end.
 *
 *     opening ──open──► greeting ──welcome──► ready ; any ──closed, mute, refused──► ended
 *
 * A venue without a greeting is ready once open. Requests leave in batches, within the venue's budget of messages, in
 * the order in which they were asked for; pings share the budget. What is not answered in time ends the link: a
 * subscription that may or may not stand is worse than none.
 */
export class StreamLink {
  private mode: LinkMode = 'opening';
  private socket: StreamSocket | undefined;
  private recorded: string | null = null;
  private isHeard = true;
  private reason: string | undefined;
  private nextId = 1;
  private readonly unsent: (() => string)[] = [];
  private readonly unanswered = new Map<number, () => void>();
  private readonly budget: MessageBudget;
  private cancelHandshake: () => void = () => undefined;
  private cancelBeat: () => void = () => undefined;
  private cancelSending: (() => void) | undefined;

  constructor(
    private readonly options: LinkOptions,
    private readonly handlers: LinkHandlers,
  ) {
    this.budget = new MessageBudget(options.protocol.messagesPerSecondMax);
  }

  open(topics: readonly string[]): void {
    const { transport, protocol, time, limits } = this.options;
    const named = topics.slice(0, protocol.topicsInAddressMax);
    this.request('subscribe', topics.slice(protocol.topicsInAddressMax));
    this.cancelHandshake = time.schedule(limits.handshakeMsMax, () =>
      this.end('no connection within the time for it'),
    );
    try {
      this.socket = transport.open(protocol.address(named), {
        onOpen: ({ recorded }) => this.opened(recorded),
        onText: (text) => this.heard(text),
        onBinary: (bytes) => {
          this.isHeard = true;
          if (this.mode !== 'ended') this.handlers.onBinary(bytes, time.clock());
        },
        onSign: () => (this.isHeard = true),
        onClosed: (reason) => this.closed(reason),
      });
    } catch (error) {
      this.closed(`no address: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Asks for, or no longer for, topics on the open connection. */
  request(what: 'subscribe' | 'unsubscribe', topics: readonly string[]): void {
    const { protocol } = this.options;
    for (let from = 0; from < topics.length; from += protocol.topicsPerMessageMax) {
      const batch = topics.slice(from, from + protocol.topicsPerMessageMax);
      this.unsent.push(() => {
        const id = this.nextId;
        this.nextId += 1;
        this.await(id);
        return protocol[what](batch, id);
      });
    }
    this.sendNext();
  }

  /** Ends it; `onEnded` tells this reason, at once. */
  end(reason: string): void {
    if (this.mode === 'ended') return;
    this.reason = reason;
    const { socket } = this;
    this.closed(reason);
    socket?.terminate();
  }

  /** Ends it without telling anybody. */
  abandon(): void {
    const { socket } = this;
    this.mode = 'ended';
    this.stop();
    socket?.terminate();
  }

  private opened(recorded: string | null): void {
    if (this.mode !== 'opening') return;
    this.recorded = recorded;
    this.isHeard = true;
    this.mode = 'greeting';
    const { greeting } = this.options.protocol;
    this.beat();
    if (greeting === undefined) this.ready();
    else this.socket?.send(greeting);
  }

  private ready(): void {
    this.mode = 'ready';
    this.cancelHandshake();
    this.handlers.onReady({ recorded: this.recorded });
    this.sendNext();
  }

  private heard(text: string): void {
    if (this.mode === 'ended') return;
    this.isHeard = true;
    if (this.mode === 'greeting' || this.unanswered.size > 0) {
      const answer = this.options.protocol.answerIn(text);
      if (answer && !this.take(answer)) return;
    }
    // Answers are handed on as well: whoever reads frames tells them from prices.
    this.handlers.onText(text, this.options.time.clock());
  }

  /** False when it ended the link. */
  private take(answer: StreamAnswer): boolean {
    switch (answer.kind) {
      case 'welcome':
        if (this.mode === 'greeting') this.ready();
        return true;
      case 'taken': {
        const id = answer.id ?? [...this.unanswered.keys()][0] ?? -1;
        this.unanswered.get(id)?.();
        this.unanswered.delete(id);
        return true;
      }
      case 'refused':
        this.end(`refused by the venue: ${answer.reason}`);
        return false;
    }
  }

  private await(id: number): void {
    const { time, limits } = this.options;
    this.unanswered.set(
      id,
      time.schedule(limits.answerMsMax, () => this.end('a subscription was not answered')),
    );
  }

  private sendNext(): void {
    while (this.mode === 'ready' && this.unsent.length > 0 && !this.cancelSending) {
      const waitMs = this.budget.take(this.options.time.clock());
      if (waitMs > 0) {
        this.cancelSending = this.options.time.schedule(waitMs, () => {
          this.cancelSending = undefined;
          this.sendNext();
        });
        return;
      }
      const text = this.unsent.shift()?.();
      if (text !== undefined) this.socket?.send(text);
    }
  }

  private beat(): void {
    const { time, limits } = this.options;
    this.cancelBeat = time.schedule(limits.heartbeatMs, () => {
      if (!this.isHeard) {
        this.end('no answer to the heartbeat');
        return;
      }
      this.isHeard = false;
      // A budget that is used up means that we are talking: the answers are signs of life as well.
      if (this.budget.take(time.clock()) === 0) this.socket?.ping();
      else this.isHeard = true;
      this.beat();
    });
  }

  private closed(reason: string): void {
    if (this.mode === 'ended') return;
    this.mode = 'ended';
    this.stop();
    this.handlers.onEnded(this.reason ?? reason);
  }

  private stop(): void {
    this.cancelHandshake();
    this.cancelBeat();
    this.cancelSending?.();
    for (const cancel of this.unanswered.values()) cancel();
    this.unanswered.clear();
    this.unsent.length = 0;
  }
}
