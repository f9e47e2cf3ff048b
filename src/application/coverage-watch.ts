import type { Fact } from '../domain/facts.js';
import { ZERO, add, compare, formatDecimal, isZero, multiply } from '../domain/kernel/decimal.js';
import type { Decimal } from '../domain/kernel/decimal.js';
import type { UnixMs } from '../domain/kernel/units.js';
import { positionTouchedBy, uncoveredOf } from '../engine/coverage.js';
import type { Registry } from '../engine/registry.js';
import type { AlarmDesk } from './alarms/alarm-desk.js';
import type { UnprotectedView } from './ports/engine-gateway.port.js';
import type { FeedTime } from './ports/stream-transport.port.js';

export interface CoverageWatchOptions {
  readonly registry: Registry;
  readonly alarms: AlarmDesk;
  readonly time: Pick<FeedTime, 'clock' | 'schedule'>;
  /** How long a quantity may be unprotected before it is an alarm. */
  readonly graceMs: number;
}

interface Uncovered {
  readonly accountId: string;
  readonly instrumentId: string;
  readonly quantity: Decimal;
  /** From when on something was unprotected without a break. */
  readonly sinceMs: UnixMs;
  /** From when on it was this quantity. */
  readonly measuredMs: UnixMs;
}

const LOOK_MS = 250;
// A position with more stops that let something go is measured at the next look instead of at every fact.
const LEAVING_AT_ONCE_MAX = 64;
// Some ms.
const MEASURED_AT_ONCE_MAX = 1_000;

/**
 * Measures in the engine itself what is unprotected, and for how long: it does not wait for the log or the read side,
 * and it knows of stops that cannot be folded. After the time of grace it is an alarm, one for each position.
 */
export class CoverageWatch {
  private readonly uncovered = new Map<string, Uncovered>();
  /** Quantity x ms by `account instrument`, up to the newest change. */
  private readonly spent = new Map<string, Decimal>();
  /** Positions of many stops that facts have touched since the last look, with when they first were. */
  private readonly touched = new Map<string, UnixMs>();
  private isBeginning = false;
  private cancelLook: () => void = () => undefined;

  constructor(private readonly options: CoverageWatchOptions) {}

  /** Looks at every position once: what an earlier run left. Of many in parts: prices and commands do not wait for it. */
  begin(): void {
    const { registry, time } = this.options;
    for (const positionId of registry.positions.keys()) this.touched.set(positionId, time.clock());
    this.isBeginning = true;
    this.beginPart();
  }

  onFact(fact: Fact): void {
    const positionId = positionTouchedBy(fact);
    if (positionId === undefined || this.touched.has(positionId)) return;
    const { registry, time } = this.options;
    if (registry.sums.of(positionId).leaving.size > LEAVING_AT_ONCE_MAX)
      this.touched.set(positionId, time.clock());
    else this.measure(positionId, time.clock());
  }

  view(): UnprotectedView {
    if (!this.isBeginning) this.settle();
    const now = this.options.time.clock();
    const open = [...this.uncovered.values()];
    const totals = new Map(this.spent);
    for (const one of open) addTo(totals, one, now);
    return {
      positions: [...this.uncovered].map(([positionId, { quantity, sinceMs, ...whose }]) => ({
        positionId,
        accountId: whose.accountId,
        instrumentId: whose.instrumentId,
        quantity: formatDecimal(quantity),
        sinceMs,
      })),
      quantitySeconds: [...totals].map(([key, quantityMs]) => {
        const [accountId = '', instrumentId = ''] = key.split(' ');
        const seconds = formatDecimal(multiply(quantityMs, { units: 1n, scale: 3 }));
        return { accountId, instrumentId, quantitySeconds: seconds };
      }),
    };
  }

  close(): void {
    this.cancelLook();
  }

  private beginPart(): void {
    const { alarms, time } = this.options;
    this.settle(MEASURED_AT_ONCE_MAX);
    if (this.touched.size > 0) {
      this.cancelLook = time.schedule(0, () => this.beginPart());
      return;
    }
    this.isBeginning = false;
    // What was an alarm before goes on being one: it is no less unprotected for the restart.
    const found = [...this.uncovered].filter(
      ([id]) => this.isDue(id) || alarms.isActive('POSITION_UNPROTECTED', id),
    );
    const texts = new Map(found.map(([id, each]) => [id, this.textOf(id, each)]));
    alarms.settle('POSITION_UNPROTECTED', texts, 'it is protected or closed');
    this.planLook();
  }

  private planLook(): void {
    this.cancelLook = this.options.time.schedule(LOOK_MS, () => {
      this.look();
      this.planLook();
    });
  }

  private look(): void {
    this.settle();
    for (const [positionId, each] of this.uncovered) {
      if (!this.isDue(positionId)) continue;
      if (this.options.alarms.isActive('POSITION_UNPROTECTED', positionId)) continue;
      const text = this.textOf(positionId, each);
      this.options.alarms.raise('POSITION_UNPROTECTED', positionId, text);
    }
  }

  private isDue(positionId: string): boolean {
    const since = this.uncovered.get(positionId)?.sinceMs ?? Infinity;
    return this.options.time.clock() - since >= this.options.graceMs;
  }

  private textOf(positionId: string, { quantity, instrumentId, accountId }: Uncovered): string {
    return `${formatDecimal(quantity)} ${instrumentId} of position ${positionId} (${accountId}) is unprotected`;
  }

  private settle(most = Infinity): void {
    let left = most;
    for (const [positionId, atMs] of this.touched) {
      if (left === 0) return;
      left -= 1;
      this.touched.delete(positionId);
      this.measure(positionId, atMs);
    }
  }

  private measure(positionId: string, atMs: UnixMs): void {
    const { registry, alarms } = this.options;
    const before = this.uncovered.get(positionId);
    const quantity = uncoveredOf(registry, positionId);
    if (compare(before?.quantity ?? ZERO, quantity) === 0) return;
    if (before) addTo(this.spent, before, atMs);
    if (isZero(quantity)) {
      this.uncovered.delete(positionId);
      alarms.clear('POSITION_UNPROTECTED', positionId, `${positionId} is protected or closed`);
      return;
    }
    const stamp = registry.positions.get(positionId)?.stamp;
    this.uncovered.set(positionId, {
      accountId: stamp?.accountId ?? '',
      instrumentId: stamp?.instrumentId ?? '',
      ...{ quantity, sinceMs: before?.sinceMs ?? atMs, measuredMs: atMs },
    });
  }
}

function addTo(totals: Map<string, Decimal>, one: Uncovered, upToMs: UnixMs): void {
  const { accountId, instrumentId, quantity, measuredMs } = one;
  const key = `${accountId} ${instrumentId}`;
  const lasted = BigInt(Math.max(0, Math.round(upToMs - measuredMs)));
  const more = multiply(quantity, { units: lasted, scale: 0 });
  totals.set(key, add(totals.get(key) ?? ZERO, more));
}
