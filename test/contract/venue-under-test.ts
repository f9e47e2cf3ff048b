import type {
  FillReport,
  OrderEndReport,
  VenueBroker,
} from '../../src/application/ports/broker.port.js';

/** What can go wrong with the next order, or with the next question. */
export type SubmitFault =
  | 'refused' // by the venue's own word
  | 'echoed' // by a word that repeats the whole request
  | 'lost-before' // the order does not arrive, and no answer comes
  | 'maintenance' // the order does not arrive, and a page with 503 comes
  | 'lost-after' // the order arrives, and no answer comes
  | 'reset-after' // the order arrives, and the connection breaks
  | 'error-after' // the order arrives, and the answer is a 5xx
  | 'garbled-after' // the order arrives, and the answer cannot be read
  | 'throttled' // 429 with Retry-After: 7
  | 'banned' // 418 with Retry-After: 120
  | 'filled-before-answer'; // its fills are told before the answer to it
export type AskFault = 'silent' | 'error' | 'garbled' | 'maintenance';
type VenueFault = 'repeated-reports' | 'lost-reports' | 'cancelled-by-hand' | 'clock-skew';
export type Fault = SubmitFault | AskFault | VenueFault;

/** A venue that a test can lead, and the adapter that is put to it. Every one starts empty, at a price of 80. */
export interface VenueUnderTest {
  readonly broker: VenueBroker;
  readonly instrumentId: string;
  readonly fills: FillReport[];
  readonly ends: OrderEndReport[];
  /** Lets the venue hold so much of the instrument for the account, whoever bought or sold it. */
  hold(quantity: string): Promise<void>;
  /** Fills what is open of the order in these pieces, at the venue. */
  fill(orderId: string, pieces: readonly string[]): Promise<void>;
  /** The same, and no report of it ever arrives. */
  fillUnheard(orderId: string, pieces: readonly string[]): Promise<void>;
  /** By what id the venue knows the target that rests with a stop of ours. */
  targetOf?(orderId: string): string;
  /** Somebody takes the order back at the venue. */
  cancelByHand(orderId: string): Promise<void>;
  /** Sets the venue's clock so far ahead of ours, or behind. */
  setClockAhead(ms: number): void;
  /** Tells all fills once more. */
  repeatReports(): Promise<void>;
  failNext(fault: SubmitFault): void;
  /** Every look-up, list and cancel from here on goes wrong until `answer()`. */
  fail(fault: AskFault): void;
  answer(): void;
  /** Orders that the venue's own books hold, ended ones too. */
  ordersAtVenue(): number;
  /** The stop and limit price that the venue's own books hold of the newest order. */
  newestTerms(): {
    readonly limitPrice: string | undefined;
    readonly stopPrice: string | undefined;
  };
  /** What the adapter sees after a broken connection: the same venue through a fresh connection where it needs one. */
  reconnect(): Promise<void>;
  /** The log knows this order: what a venue shows by a hash alone is told apart by it. */
  know?(orderId: string): void;
  close(): Promise<void>;
}

export interface ContractTerms {
  readonly open: () => Promise<VenueUnderTest>;
  /** What this venue cannot do to us, and why: the cards of these are not dealt. */
  readonly never: Readonly<Partial<Record<Fault, string>>>;
  /** A target rests with a stop that insures, as one order. */
  readonly pairs?: true;
  /** A stop that insures rests without a limit: it becomes a market order. */
  readonly insuresAtMarket?: true;
}

/** Whether the cards of a fault are dealt to this venue. */
export function dealsOf({ never }: ContractTerms): (fault: Fault) => boolean {
  return (fault) => !Object.hasOwn(never, fault);
}
