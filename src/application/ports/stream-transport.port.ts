/** One physical connection that carries messages both ways, such as a WebSocket. */
export interface StreamSocket {
  send(text: string): void;
  ping(): void;
  /** Ends it without waiting for the other side; `onClosed` follows. */
  terminate(): void;
}

/** What a socket tells, in the order in which it happened. Nothing comes after `onClosed`. */
export interface SocketHandlers {
  /** `recorded` names the recording when the venue says that it replays one. */
  onOpen(info: { readonly recorded: string | null }): void;
  onText(text: string): void;
  onBinary(bytes: number): void;
  /** A ping or a pong: a sign of life that carries nothing. A ping has been answered already. */
  onSign(): void;
  onClosed(reason: string): void;
}

export interface StreamTransport {
  /** Throws for an address that is none; all else is told to the handlers, later. */
  open(address: string, handlers: SocketHandlers): StreamSocket;
}

/** Time as an input: what it is, and a call once so much of it has passed unless that was cancelled before. */
export interface FeedTime {
  readonly clock: () => number;
  readonly schedule: (ms: number, then: () => void) => () => void;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What a venue's text says about something that we asked of it. */
export type StreamAnswer =
  | { readonly kind: 'welcome' }
  /** Without an id it is about the oldest request that has no answer yet. */
  | { readonly kind: 'taken'; readonly id: number | null }
  /** Without an id it is about the greeting, or about whatever was asked last. */
  | { readonly kind: 'refused'; readonly id: number | null; readonly reason: string };

/** How a venue wants to be spoken to. Topics are its own names of what can be subscribed to. */
export interface StreamProtocol {
  readonly topicsPerConnectionMax: number;
  /** Topics that a new connection may name in its address; 0 where there is no such way. */
  readonly topicsInAddressMax: number;
  readonly topicsPerMessageMax: number;
  /** Messages (pings included) that the venue takes from us in a second. */
  readonly messagesPerSecondMax: number;
  address(topics: readonly string[]): string;
  /** Sent first where the venue wants to know who asks; nothing else is sent before its welcome. */
  readonly greeting?: string;
  subscribe(topics: readonly string[], id: number): string;
  unsubscribe(topics: readonly string[], id: number): string;
  /** Looked at only while an answer is awaited. Undefined for market data. */
  answerIn(text: string): StreamAnswer | undefined;
}
