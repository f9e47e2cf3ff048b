import { GRPC_RESOURCE_EXHAUSTED, GrpcError } from './protocol/grpc-status.js';

/** Counts what may be open at a time. */
export class Quota {
  count = 0;

  constructor(
    private readonly what: string,
    private readonly max: number,
  ) {}

  /** Returns what gives it back. Throws "resource exhausted" if all are taken. */
  take(): () => void {
    if (this.count >= this.max) {
      const text = `The server takes at most ${this.max} ${this.what} at a time.`;
      throw new GrpcError(GRPC_RESOURCE_EXHAUSTED, text);
    }
    this.count++;
    let isTaken = true;
    return () => {
      if (isTaken) this.count--;
      isTaken = false;
    };
  }
}
