import type {
  CancelOutcome,
  FillsOutcome,
  OpenOrdersOutcome,
  PositionsOutcome,
  SubmitOutcome,
  Unknown,
  VenueBroker,
  VenueLookUp,
} from './ports/broker.port.js';

/**
 * Stands for a venue that cannot be reached at all: its account is not configured any more, or its key cannot be read.
 * New orders are refused, for nothing is sent. What was sent before may be live: of that nothing is known.
 */
export class NoBroker implements VenueBroker {
  readonly receiveWindowMs = 0;
  private readonly nothing: Unknown;

  constructor(private readonly cause: string) {
    this.nothing = { kind: 'unknown', cause };
  }

  submit(): Promise<SubmitOutcome> {
    return Promise.resolve({ kind: 'denied', reason: 'no-broker', rule: this.cause });
  }

  cancel(): Promise<CancelOutcome> {
    return Promise.resolve(this.nothing);
  }

  lookUpByClientOrderId(): Promise<VenueLookUp> {
    return Promise.resolve(this.nothing);
  }

  openOrders(): Promise<OpenOrdersOutcome> {
    return Promise.resolve(this.nothing);
  }

  positions(): Promise<PositionsOutcome> {
    return Promise.resolve(this.nothing);
  }

  fills(): Promise<FillsOutcome> {
    return Promise.resolve(this.nothing);
  }

  onFill(): void {
    // Nothing fills here.
  }

  onOrderEnd(): void {
    // Nothing ends here.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
