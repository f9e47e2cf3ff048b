import { eventIdOf } from '../../src/adapters/eventstoredb/recorded-fact.js';
import type { AppendOutcome } from '../../src/application/ports/journal.port.js';
import type { Decision } from '../../src/engine/decisions.js';
import type { ChaosClock } from './chaos-clock.js';
import type { Seeded } from './seeded.js';

/** What the log does to calls that come in while it lasts. */
export interface LogTrouble {
  readonly from: number;
  readonly to: number;
  readonly kind: 'down' | 'hangs' | 'loses answers';
}

const DEADLINE_MS = 2_000;
const ORDER_ENDS: ReadonlySet<string> = new Set([
  ...['OrderFilled', 'OrderCancelled', 'OrderExpired', 'OrderRejected', 'OrderDenied'],
]);

/** The log as an engine sees it through its journal: late, away, hanging, or silent about what it did. */
export class ChaosLog {
  readonly events: { readonly id: string; readonly decision: Decision }[] = [];
  private readonly streams = new Map<string, string[]>();
  troubles: readonly LogTrouble[] = [];

  constructor(
    private readonly clock: ChaosClock,
    private readonly random: Seeded,
  ) {}

  get isWell(): boolean {
    return this.trouble() === undefined;
  }

  append(
    decisions: readonly Decision[],
    answer: (outcome: AppendOutcome) => void,
    unavailableAfter = DEADLINE_MS,
  ): void {
    const away: AppendOutcome = { kind: 'unavailable', reason: 'trouble' };
    const latency = this.random.between(0, 4);
    switch (this.trouble()) {
      case undefined:
        this.clock.in(latency, () => {
          const outcome = this.take(decisions);
          this.clock.in(this.random.between(0, 4), () => answer(outcome));
        });
        return;
      case 'down':
        this.clock.in(1, () => answer(away));
        return;
      case 'hangs':
        if (this.random.happens(0.5)) {
          this.clock.in(this.random.between(0, 300), () => void this.take(decisions));
        }
        this.clock.in(unavailableAfter, () => answer(away));
        return;
      case 'loses answers':
        this.clock.in(latency, () => void this.take(decisions));
        this.clock.in(latency + 5, () => answer(away));
    }
  }

  typesOf(streamPrefix: string): string[] {
    return this.events
      .filter(({ decision }) => decision.streamId.startsWith(streamPrefix))
      .map(({ decision }) => decision.fact.type);
  }

  /** Whether of every order in it the end is in it, too. */
  get hasSettledOrders(): boolean {
    const ends = new Set<string>();
    for (const { decision } of this.events) {
      if (ORDER_ENDS.has(decision.fact.type)) ends.add(decision.streamId);
    }
    return this.events.every(
      ({ decision: { streamId, fact } }) => fact.type !== 'OrderPlaced' || ends.has(streamId),
    );
  }

  private trouble(): LogTrouble['kind'] | undefined {
    const { now } = this.clock;
    return this.troubles.find(({ from, to }) => from <= now && now < to)?.kind;
  }

  private take(decisions: readonly Decision[]): AppendOutcome {
    for (const decision of decisions) {
      const id = eventIdOf(decision);
      const stream = this.streams.get(decision.streamId) ?? [];
      const place = decision.expectedRevision + 1;
      const known = stream[place];
      if (known === id) continue;
      if (known !== undefined || place !== stream.length) {
        return {
          kind: 'conflict',
          streamId: decision.streamId,
          found: known ?? 'a shorter stream',
        };
      }
      stream.push(id);
      this.streams.set(decision.streamId, stream);
      this.events.push({ id, decision });
    }
    return { kind: 'appended', position: BigInt(this.events.length) };
  }
}
