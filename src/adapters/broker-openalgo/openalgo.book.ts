import { LineFile } from '../../durable-files/line-file.js';
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
      /** By the log: another engine may have sent it. */
      readonly byOther?: true;
    }
  /** The engine of this folder owns the stops from here on: what this file does not hold it has not sent. */
  | { readonly kind: 'epoch'; readonly epoch: number }
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
  readonly byOther: boolean;
  /** In which this state was come to; undefined in files of before. */
  readonly epoch: number | undefined;
}

/**
 * Which of our order ids became which of the venue's. The venue keeps no id of ours, so this file does: a line is on disk
 * before the order leaves.
 */
export class OpenAlgoBook {
  readonly entries = new Map<string, KnownSending>();
  private readonly epochs = new Set<number>();
  private epoch: number | undefined;
  private readonly byVenueId = new Map<string, string>();

  isClosed = false;

  private constructor(private readonly file: LineFile) {}

  static open(path: string): OpenAlgoBook {
    const { file, lines } = LineFile.open(path);
    const book = new OpenAlgoBook(file);
    for (const line of lines) book.apply(line as BookLine);
    return book;
  }

  /** Who only looks owns nothing, and has no epoch. A line that the disk does not take makes the next run search. */
  begin(epoch: number): void {
    if (Number.isNaN(epoch) || this.epochs.has(epoch)) return;
    this.remember({ kind: 'epoch', epoch });
  }

  /** Whether no other engine can have owned the stops in any epoch of these. */
  isOursThroughout(from: number | undefined, to: number): boolean {
    if (from === undefined || !this.epochs.has(from)) return false;
    for (let epoch = from + 1; epoch <= to; epoch += 1) if (!this.epochs.has(epoch)) return false;
    return true;
  }

  /**
   * Throws what the disk throws: then the line is not in the book, and the order must not leave. An exit may use the last
   * room of a disk.
   */
  write(line: BookLine & { readonly kind: 'sending' }, isExit: boolean): void {
    this.file.append(line, isExit);
    this.apply(line);
  }

  /** An order that another engine may have sent. The log has it: nothing is lost where the disk does not take the line. */
  adopt(line: BookLine & { readonly kind: 'sending'; readonly byOther: true }): void {
    // It is adopted anew at every look, since the position that it is measured by moves: one line is enough.
    if (this.entries.has(line.ticket.orderId)) this.apply(line);
    else this.remember(line);
  }

  /**
   * What became of an order that has left. It holds for this run also when the disk does not take it; the next run then
   * finds the order as one that was being sent, and searches for it.
   */
  note(line: BookLine & { readonly kind: 'placed' | 'refused' | 'absent' }): void {
    this.remember(line);
  }

  orderIdOf(venueOrderId: string): string | undefined {
    return this.byVenueId.get(venueOrderId);
  }

  close(): void {
    this.isClosed = true;
    this.file.close();
  }

  private remember(line: BookLine): void {
    if (this.isClosed) return;
    this.apply(line);
    try {
      this.file.append(line, true);
    } catch {
      // A disk that is full has alarms of its own; the search of the next run is the way out.
    }
  }

  private apply(line: BookLine): void {
    if (line.kind === 'epoch') {
      this.epochs.add(line.epoch);
      this.epoch = line.epoch;
      return;
    }
    const { epoch } = this;
    if (line.kind === 'sending') {
      const { ticket, baseline, atMs, byOther = false } = line;
      const entry = { state: 'sending', ticket, baseline, sentAtMs: atMs, byOther, epoch } as const;
      this.entries.set(ticket.orderId, { ...entry, venueOrderId: undefined });
      return;
    }
    const before = this.entries.get(line.orderId);
    if (!before)
      throw new Error(`Invariant: ${line.orderId} was being sent before it was ${line.kind}`);
    const venueOrderId = line.kind === 'placed' ? line.venueOrderId : undefined;
    this.entries.set(line.orderId, { ...before, state: line.kind, venueOrderId, epoch });
    if (venueOrderId !== undefined) this.byVenueId.set(venueOrderId, line.orderId);
  }
}
