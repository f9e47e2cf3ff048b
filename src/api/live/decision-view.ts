import type { LoggedDecision, Unreadable } from '../../application/decision-stream.js';
import { mayUse } from '../../application/ports/access.port.js';
import type { Grant } from '../../application/ports/access.port.js';

/** A decision as it is told: the fact as it is stored, and what it belongs to. */
export interface DecisionView {
  readonly position: string;
  readonly streamId: string;
  readonly revision: number;
  readonly eventType: string;
  readonly accountId: string | null;
  readonly instrumentId: string | null;
  readonly actor: string;
  readonly commandId: string | null;
  readonly correlationId: string;
  readonly causationId: string;
  readonly recordedAt: string;
  readonly data: object;
}

export function decisionView({ recorded }: LoggedDecision): DecisionView {
  const { event, metadata, streamId, revision, position, recordedAt } = recorded;
  return {
    ...{ position: position.toString(), streamId, revision, eventType: event.type },
    ...{ accountId: ownerOf(event.data), instrumentId: instrumentOf(event.data) },
    ...{ actor: metadata.actor, commandId: metadata.commandId ?? null },
    ...{ correlationId: metadata.$correlationId, causationId: metadata.$causationId },
    ...{ recordedAt: new Date(recordedAt).toISOString(), data: event.data },
  };
}

/** Streams that belong to no account, and that every reader may see, as in the lists. */
const COMMON = /^(instrument|feed)-/;

/** Whether the caller may see it: what belongs to no account in particular tells of all of them. */
export function maySee(grant: Grant, item: LoggedDecision | Unreadable): boolean {
  const isForAll = grant.accounts === 'all' || grant.scopes.has('admin');
  if (isForAll) return true;
  if (item.kind === 'unreadable') return false;
  const owner = ownerOf(item.recorded.event.data);
  return owner === null ? COMMON.test(item.recorded.streamId) : mayUse(grant, owner);
}

export function ownerOf(data: object): string | null {
  return 'accountId' in data && typeof data.accountId === 'string' ? data.accountId : null;
}

function instrumentOf(data: object): string | null {
  return 'instrumentId' in data && typeof data.instrumentId === 'string' ? data.instrumentId : null;
}
