import type { GrpcCall } from '../grpc-call.transport.js';
import { LatencyMeter } from './latency-meter.js';

export interface ConsumerOptions {
  /** Events that may be unanswered at a time. */
  readonly window: number;
  readonly connectionName: string;
  readonly userName: string;
  /** Address of the client. */
  readonly from: string;
  readonly structuredIds: boolean;
}

/** One open Read call of a group. */
export class Consumer {
  inFlight = 0;
  readonly meter = new LatencyMeter();
  private isDraining = false;

  constructor(
    readonly call: GrpcCall,
    readonly options: ConsumerOptions,
  ) {}

  /** How many events it may be sent now: none while it does not read what it was sent before. */
  get room(): number {
    if (!this.call.isOpen || this.isDraining) return 0;
    return Math.max(0, this.options.window - this.inFlight);
  }

  /** Sends what was written; `whenReady` is called once the client has taken it. */
  async flush(whenReady: () => void): Promise<void> {
    if (this.isDraining) return;
    this.isDraining = true;
    await this.call.drained();
    this.isDraining = false;
    whenReady();
  }
}
