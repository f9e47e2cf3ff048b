import { compare, decimal } from '../domain/kernel/decimal.js';
import type { OrderId } from '../domain/kernel/units.js';
import { quantityOf } from '../domain/order/order-state.js';
import type { BrokerReport } from '../engine/inputs.js';
import type { OrderTicket, Unknown, VenueBroker, VenueLookUp } from './ports/broker.port.js';

export interface UnloggedExitsOptions {
  /** Resolves when an order may be taken back: an engine that is no longer sure to own its stops takes back none. */
  readonly permission: () => Promise<void>;
  readonly report: (report: BrokerReport) => void;
}

/** `settled`: nothing of them rests, and what they filled was told. */
export type Settlement = { readonly kind: 'settled' } | Unknown;

type Ended = Extract<VenueLookUp, { kind: 'found' }>;

/**
 * Exits of a stop that the engine before sent without the log knowing. Whoever fires the stop anew would let leave once
 * more what has left by them: what of them is open is taken back, and what they filled is told with the exit that is to go.
 */
export class UnloggedExits {
  constructor(private readonly options: UnloggedExitsOptions) {}

  async settle(
    broker: VenueBroker,
    unlogged: readonly OrderId[],
    { orderId }: Pick<OrderTicket, 'orderId'>,
  ): Promise<Settlement> {
    for (const byOrder of unlogged) {
      const ended = await this.end(broker, byOrder);
      if (ended.kind === 'unknown') return ended;
      for (const fill of ended.fills) this.options.report({ kind: 'fill', orderId, fill, byOrder });
    }
    return { kind: 'settled' };
  }

  private async end(broker: VenueBroker, orderId: OrderId): Promise<Ended | Unknown> {
    await this.options.permission();
    const outcome = await broker.cancel(orderId);
    if (outcome.kind === 'unknown') return outcome;
    const found = await broker.lookUpByClientOrderId(orderId);
    switch (found.kind) {
      case 'unknown':
        return found;
      case 'absent':
        return unclear(orderId, 'is absent, though the venue has listed it');
      case 'found':
        return hasToldAll(found)
          ? found
          : unclear(orderId, `is ${found.status}, not yet told whole`);
    }
  }
}

/** Fills may be told later than the status. */
function hasToldAll({ status, quantity, fills }: Ended): boolean {
  if (status === 'open') return false;
  if (status !== 'filled' || quantity === undefined) return true;
  return compare(quantityOf(fills), decimal(quantity)) >= 0;
}

function unclear(orderId: OrderId, what: string): Unknown {
  return { kind: 'unknown', cause: `${orderId}, which the engine before has sent, ${what}` };
}
