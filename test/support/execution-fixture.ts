import { Execution } from '../../src/application/execution.js';
import type { LaterAttempt } from '../../src/application/later-attempts.js';
import type {
  Broker,
  CancelOutcome,
  LookUpOutcome,
  OrderTicket,
  SubmitOutcome,
} from '../../src/application/ports/broker.port.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { BrokerReport } from '../../src/engine/inputs.js';

export const turnOfLoop = () => new Promise((resolve) => setImmediate(resolve));

export function ticket(orderId: string, accountId = 'demo'): OrderTicket {
  return {
    orderId,
    accountId,
    instrumentId: 'BINANCE:LTCUSDT',
    side: 'sell',
    quantity: '10' as DecimalText,
    type: 'market',
    reduceOnly: true,
  };
}

/** A venue that answers as told, one answer after the other; without one it never answers. */
export class Told implements Broker {
  readonly receiveWindowMs = 5_000;
  readonly asked: string[] = [];

  constructor(
    private readonly submits: SubmitOutcome[],
    private readonly lookUps: LookUpOutcome[] = [],
    private readonly cancels: CancelOutcome[] = [],
  ) {}

  submit({ orderId }: OrderTicket): Promise<SubmitOutcome> {
    this.asked.push(`submit ${orderId}`);
    const answer = this.submits.shift();
    return answer ? Promise.resolve(answer) : new Promise(() => undefined);
  }

  lookUpByClientOrderId(orderId: string): Promise<LookUpOutcome> {
    this.asked.push(`look up ${orderId}`);
    const answer = this.lookUps.shift();
    return answer ? Promise.resolve(answer) : new Promise(() => undefined);
  }

  cancel(): Promise<CancelOutcome> {
    return Promise.resolve(this.cancels.shift() ?? { kind: 'ended' });
  }

  onFill(): void {
    return undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** An execution over such venues: what it reports and waits for, and what its engine knows. */
export function over(brokers: Readonly<Record<string, Broker>>) {
  const reports: BrokerReport[] = [];
  const pauses: number[] = [];
  const circuits: string[] = [];
  const closed = new Map<string, number>();
  const insured = new Map<string, string>();
  const targets = new Map<string, DecimalText>();
  const richer = new Set<string>();
  const ended = new Set<string>();
  const awaiting: string[] = [];
  const othersSent = new Map<string, number>();
  const later: LaterAttempt[] = [];
  /** Orders that rest and that the venue has acknowledged. */
  const known = new Set<string>();
  let nowMs = 0;
  const execution = new Execution({
    brokerOf: (accountId) => brokers[accountId],
    report: (report) => {
      reports.push(report);
      if (report.kind === 'cancelled' || report.kind === 'fill') ended.add(report.orderId);
    },
    // A turn of the loop for each tenth of a second.
    pause: async (ms) => {
      pauses.push(ms);
      const untilMs = nowMs + ms;
      for (let passedMs = 0; passedMs < ms; passedMs += 100) await turnOfLoop();
      nowMs = Math.max(nowMs, untilMs);
    },
    clock: () => nowMs,
    permission: () => Promise.resolve(),
    othersSentUntil: (orderId) => othersSent.get(orderId),
    laterAttempt: () => Promise.resolve(later.shift() ?? { kind: 'none' }),
    priceOf: () => '80',
    closedUntil: (instrumentId) => closed.get(instrumentId),
    insuranceFor: (id) => {
      const [orderId, targetPrice] = [insured.get(id), targets.get(id)];
      if (orderId === undefined || ended.has(orderId)) return undefined;
      const status = known.has(orderId) ? ('acked' as const) : ('sent' as const);
      return { orderId, status, ...(targetPrice && { targetPrice }) };
    },
    holdsMore: (orderId) => richer.has(orderId),
    onAwaiting: ({ orderId }, restingId, isOver) =>
      void awaiting.push(`${orderId} ${isOver ? 'goes' : `waits for ${restingId}`}`),
    onCircuit: (accountId, state) => void circuits.push(`${accountId} ${state}`),
  });
  const orders = { insured, known, targets, richer, othersSent, later, awaiting };
  const pass = (ms: number) => void (nowMs += ms);
  return { execution, reports, pauses, circuits, closed, pass, ...orders };
}

export const acked = { kind: 'acknowledged', venueOrderId: 'v1', venueTimeMs: 5 } as const;
export const unknown = { kind: 'unknown', cause: 'timeout' } as const;
