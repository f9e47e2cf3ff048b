import type {
  CancelOutcome,
  SubmitOutcome,
  VenueLookUp,
} from '../../src/application/ports/broker.port.js';

/** Since when an exit may rely on the venue's word that nothing rests for its stop any more. */
export class RestingWord {
  /** Orders of which the venue has not said what became of them. */
  private readonly unclear = new Set<string>();
  private readonly askedBack = new Set<string>();
  private readonly sentAtMs = new Map<string, number>();
  private clearSinceMs = -Infinity;

  /** After its window an order that has not arrived does not arrive. */
  constructor(private readonly receiveWindowMs: number) {}

  /** The moment of the newest clear word; undefined while one is missing. */
  get clearAtMs(): number | undefined {
    return this.unclear.size === 0 ? this.clearSinceMs : undefined;
  }

  sent(orderId: string, nowMs: number): void {
    this.unclear.add(orderId);
    this.sentAtMs.set(orderId, nowMs);
  }

  onSubmit(orderId: string, { kind }: SubmitOutcome, nowMs: number): void {
    if (kind === 'acknowledged' ? !this.askedBack.has(orderId) : kind !== 'unknown')
      this.told(orderId, nowMs);
  }

  asked(orderId: string): void {
    this.askedBack.add(orderId);
  }

  /** That there is nothing to take back says neither that it has traded nor that it will not come. */
  onCancel(orderId: string, { kind }: CancelOutcome, nowMs: number): void {
    if (kind === 'cancelled') this.told(orderId, nowMs);
    else if (kind === 'unknown') this.unclear.add(orderId);
  }

  onLookUp(orderId: string, outcome: VenueLookUp, nowMs: number): void {
    switch (outcome.kind) {
      case 'unknown':
        if (this.askedBack.has(orderId)) this.unclear.add(orderId);
        return;
      case 'found':
        if (outcome.status !== 'open' || !this.askedBack.has(orderId)) this.told(orderId, nowMs);
        return;
      case 'absent':
        if (nowMs - (this.sentAtMs.get(orderId) ?? -Infinity) >= this.receiveWindowMs)
          this.told(orderId, nowMs);
    }
  }

  private told(orderId: string, nowMs: number): void {
    if (this.unclear.delete(orderId) && this.unclear.size === 0) this.clearSinceMs = nowMs;
  }
}
