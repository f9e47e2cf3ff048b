import type { Dialect } from '../domain/stop/dialect.js';
import type { StopPlan } from '../domain/stop/stop-plan.js';

// Beyond this many different plans sharing saves little: it begins anew.
const PLANS_MAX = 10_000;
const DIALECTS_MAX = 1_000;

/**
 * One object for all stops whose plans say the same: many stops have few plans, and after a restart every one of them
 * comes out of its own JSON. What is derived from a plan can be shared by its identity.
 */
export class PlanPool {
  private readonly byText = new Map<string, StopPlan>();
  private readonly dialects = new Map<string, Dialect>();
  private readonly known = new WeakSet<StopPlan>();

  shared(plan: StopPlan): StopPlan {
    if (this.known.has(plan)) return plan;
    const text = JSON.stringify(plan);
    const found = this.byText.get(text);
    if (found) return found;
    if (this.byText.size >= PLANS_MAX) this.byText.clear();
    const pooled = { ...plan, dialect: this.sharedDialect(plan.dialect) };
    this.byText.set(text, pooled);
    this.known.add(pooled);
    return pooled;
  }

  /** Plans differ in their prices much more than in their dialects. */
  private sharedDialect(dialect: Dialect): Dialect {
    const text = JSON.stringify(dialect);
    const found = this.dialects.get(text);
    if (found) return found;
    if (this.dialects.size >= DIALECTS_MAX) this.dialects.clear();
    this.dialects.set(text, dialect);
    return dialect;
  }
}
