import type { Decision } from '../engine/decisions.js';
import type { LineFields } from './ports/say.port.js';

/** Ids under which the log knows a decision. */
export interface DecisionIds {
  readonly eventId: string;
  readonly correlationId: string;
  readonly causationId: string;
}

const NAMED = ['stopId', 'orderId', 'positionId', 'accountId', 'instrumentId'] as const;

/** All ids of a durable decision: by each of them its line is found from its event, and the other way round. */
export function decisionFields(decision: Decision, ids: DecisionIds): LineFields {
  const { fact, streamId, expectedRevision, commandId, actor } = decision;
  return {
    event: fact.type,
    ...ids,
    ...{ streamId, revision: expectedRevision + 1, actor, commandId },
    ...aggregateIds(decision),
  };
}

/** Ids of what a decision is about. An exit that a stop decides is named by its deciding event, too. */
export function aggregateIds({ fact }: Decision): LineFields {
  const data: object = fact.data;
  const named = NAMED.map((name) => [name, (data as LineFields)[name] ?? undefined] as const);
  const ordered = 'order' in fact.data ? { orderId: fact.data.order.orderId } : {};
  return { ...Object.fromEntries(named.filter(([, id]) => id !== undefined)), ...ordered };
}
