import type {
  SocketHandlers,
  StreamSocket,
  StreamTransport,
} from '../../src/application/ports/stream-transport.port.js';

/** One connection as the venue sees it. */
export class ScriptedSocket implements StreamSocket {
  readonly sent: string[] = [];
  pings = 0;
  isOpen = true;
  /** Answers pings, as a sound venue does. */
  answersPings = true;

  constructor(
    readonly address: string,
    readonly handlers: SocketHandlers,
  ) {}

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {
    this.pings += 1;
    if (this.answersPings) this.handlers.onSign();
  }

  terminate(): void {
    this.close('1006');
  }

  close(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.handlers.onClosed(reason);
  }
}

/** A network without sockets: the test plays the venue. */
export class ScriptedTransport implements StreamTransport {
  readonly sockets: ScriptedSocket[] = [];

  open(address: string, handlers: SocketHandlers): StreamSocket {
    const socket = new ScriptedSocket(address, handlers);
    this.sockets.push(socket);
    return socket;
  }

  get newest(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nothing was opened');
    return socket;
  }

  get stillOpen(): readonly ScriptedSocket[] {
    return this.sockets.filter(({ isOpen }) => isOpen);
  }
}
