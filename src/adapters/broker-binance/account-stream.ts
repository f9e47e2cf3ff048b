import { BackOff } from '../../application/feeds/back-off.js';
import type {
  FeedTime,
  StreamSocket,
  StreamTransport,
} from '../../application/ports/stream-transport.port.js';
import { parseExactJson } from '../../codecs/exact-json.js';
import { accountEventIn } from './binance-events.js';
import type { AccountEvent } from './binance-events.js';
import { fieldsOf, text } from './binance.parse.js';

/** Where to connect, and what to say first. Undefined: it could not be found out now. */
export interface StreamDoor {
  readonly address: string;
  readonly greeting?: { readonly id: string; readonly text: string };
}

export interface AccountStreamOptions {
  readonly transport: StreamTransport;
  readonly time: FeedTime;
  readonly door: () => Promise<StreamDoor | undefined>;
  /** Keeps what the door gave us valid. False: it is not valid any more. */
  readonly keepAlive?: { readonly everyMs: number; readonly call: () => Promise<boolean> };
  readonly onEvent: (event: AccountEvent) => void;
  /** Events may have been missed before this. */
  readonly onOpened: () => void;
}

const BACK_OFF = { msFirst: 200, msMax: 30_000 };
const PING_EVERY_MS = 20_000;
const SILENT_MS_MAX = 60_000;
const GREETING_MS_MAX = 10_000;

/**
 * The events of an account over one connection after another:
 * asking for a door ─► connecting ─► greeting ─► open ──(closed, silent, ended)──► waiting ─► asking for a door
 */
export class AccountStream {
  private readonly backOff: BackOff;
  private socket: StreamSocket | undefined;
  private timers: (() => void)[] = [];
  private lastSignMs = 0;
  private isOpen = false;
  private isClosed = false;

  constructor(private readonly options: AccountStreamOptions) {
    this.backOff = new BackOff(BACK_OFF, options.time.random);
    void this.connect();
  }

  /** True while events arrive as they happen. */
  get isLive(): boolean {
    return this.isOpen;
  }

  close(): void {
    this.isClosed = true;
    this.clearTimers();
    this.socket?.terminate();
  }

  private async connect(): Promise<void> {
    const door = await this.options.door();
    if (this.isClosed) return;
    if (!door) {
      this.again();
      return;
    }
    const { address, greeting } = door;
    this.lastSignMs = this.options.time.clock();
    this.socket = this.options.transport.open(address, {
      onOpen: () => {
        this.watchSilence();
        if (!greeting) {
          this.opened();
          return;
        }
        this.socket?.send(greeting.text);
        this.after(GREETING_MS_MAX, () => !this.isOpen && this.socket?.terminate());
      },
      onText: (message) => this.take(message, greeting?.id),
      onBinary: () => this.signed(),
      onSign: () => this.signed(),
      onClosed: () => this.again(),
    });
  }

  private opened(): void {
    this.isOpen = true;
    const { keepAlive } = this.options;
    if (keepAlive) this.keep(keepAlive);
    this.options.onOpened();
  }

  private take(message: string, greetingId: string | undefined): void {
    this.signed();
    let value: unknown;
    try {
      value = parseExactJson(message);
    } catch {
      return;
    }
    const fields = fieldsOf(value);
    if (greetingId !== undefined && fields?.['id'] === greetingId) {
      if (text(fields['status']) === '200') this.opened();
      else this.socket?.terminate();
      return;
    }
    const event = accountEventIn(value);
    if (event?.kind === 'ends') this.socket?.terminate();
    else if (event) {
      this.backOff.succeeded();
      this.options.onEvent(event);
    }
  }

  private signed(): void {
    this.lastSignMs = this.options.time.clock();
  }

  private watchSilence(): void {
    this.after(PING_EVERY_MS, () => {
      if (this.options.time.clock() - this.lastSignMs > SILENT_MS_MAX) {
        this.socket?.terminate();
        return;
      }
      this.socket?.ping();
      this.watchSilence();
    });
  }

  private keep(keepAlive: NonNullable<AccountStreamOptions['keepAlive']>): void {
    this.after(keepAlive.everyMs, () => {
      const { socket } = this;
      void keepAlive.call().then((isValid) => {
        if (this.isClosed || this.socket !== socket) return;
        if (isValid) this.keep(keepAlive);
        else socket?.terminate();
      });
    });
  }

  private again(): void {
    this.isOpen = false;
    this.socket = undefined;
    this.clearTimers();
    if (this.isClosed) return;
    this.after(this.backOff.next(), () => void this.connect());
  }

  private after(ms: number, then: () => void): void {
    this.timers.push(this.options.time.schedule(ms, then));
  }

  private clearTimers(): void {
    for (const cancel of this.timers) cancel();
    this.timers = [];
  }
}
