import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { OrderTerms } from '../../domain/order/order-terms.js';
import type { OrderTicket } from '../../application/ports/broker.port.js';

/** An order as it left: its quantity after the guard, its terms checked. */
export interface SentTicket {
  readonly orderId: string;
  readonly instrumentId: string;
  readonly side: OrderTicket['side'];
  readonly quantity: DecimalText;
  readonly terms: OrderTerms;
}

/** What the venue showed just before an order was sent: the search for an unclear one starts from it. */
export interface Baseline {
  readonly orderIds: readonly string[];
  /** Net position in the instrument; undefined when it could not be read. */
  readonly position: DecimalText | undefined;
}

export type BookLine =
  | {
      readonly kind: 'sending';
      readonly ticket: SentTicket;
      readonly baseline: Baseline;
      readonly atMs: number;
    }
  | {
      readonly kind: 'placed';
      readonly orderId: string;
      readonly venueOrderId: string;
      readonly atMs: number;
    }
  | { readonly kind: 'refused' | 'absent'; readonly orderId: string };

/** sending → placed | refused | absent; what was absent or refused may be sent again. */
export interface KnownSending {
  readonly state: 'sending' | 'placed' | 'refused' | 'absent';
  readonly ticket: SentTicket;
  readonly baseline: Baseline;
  readonly sentAtMs: number;
  readonly venueOrderId: string | undefined;
}

/**
 * Which of our order ids became which of the venue's. The venue keeps no id of ours, so this file does: a line is on disk
 * before the order leaves. A last line without its end was never acted on; it is cut off.
 */
export class OpenAlgoBook {
  readonly entries = new Map<string, KnownSending>();
  private readonly byVenueId = new Map<string, string>();

  isClosed = false;

  private constructor(private readonly file: number) {}

  static open(path: string): OpenAlgoBook {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const file = openSync(path, 'a', 0o600);
    if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));
    const book = new OpenAlgoBook(file);
    for (const line of whole.split('\n')) if (line !== '') book.apply(JSON.parse(line) as BookLine);
    return book;
  }

  write(line: BookLine): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
    fdatasyncSync(this.file);
    this.apply(line);
  }

  orderIdOf(venueOrderId: string): string | undefined {
    return this.byVenueId.get(venueOrderId);
  }

  close(): void {
    if (!this.isClosed) closeSync(this.file);
    this.isClosed = true;
  }

  private apply(line: BookLine): void {
    if (line.kind === 'sending') {
      const { ticket, baseline, atMs } = line;
      const entry = { state: 'sending', ticket, baseline, sentAtMs: atMs } as const;
      this.entries.set(ticket.orderId, { ...entry, venueOrderId: undefined });
      return;
    }
    const before = this.entries.get(line.orderId);
    if (!before)
      throw new Error(`Invariant: ${line.orderId} was being sent before it was ${line.kind}`);
    const venueOrderId = line.kind === 'placed' ? line.venueOrderId : undefined;
    this.entries.set(line.orderId, { ...before, state: line.kind, venueOrderId });
    if (venueOrderId !== undefined) this.byVenueId.set(venueOrderId, line.orderId);
  }
}
