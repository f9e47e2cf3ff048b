import { createHash } from 'node:crypto';
import { jsonEvent } from '@eventstore/db-client';
import type { EventData } from '@eventstore/db-client';
import { decodeFact, encodeFact } from '../../codecs/fact.codec.js';
import type { DecisionIds } from '../../application/decision-fields.js';
import type { UnreadableRecord } from '../../application/ports/event-feed.port.js';
import type { Fact } from '../../domain/facts.js';
import type { EventMetadata, Recorded } from '../../domain/kernel/event.js';
import type { Decision } from '../../engine/decisions.js';
import type { LoggedEvent } from './logged-event.codec.js';

/**
 * The event id is a function of what was decided, for what and where: a retry sends the very same event, and two
 * engines (whose epochs differ) can never be taken for one another by the store's idempotency.
 */
export function eventIdOf(decision: Decision): string {
  const { input, streamId, expectedRevision, commandId } = decision;
  const origin = commandId ?? `${input.partition}/${input.epoch}/${input.seq}`;
  const digest = createHash('sha256')
    .update(`${origin}\n${streamId}\n${expectedRevision}`)
    .digest();
  // The store wants UUIDs: version 8 (custom) and the RFC 9562 variant in their places.
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

export function toEventData(
  decision: Decision,
  by: { build: string; wallTimeMs: number },
): EventData {
  const { type, data, version } = encodeFact(decision.fact);
  const { eventId, correlationId, causationId } = idsOf(decision);
  const metadata: EventMetadata = {
    $correlationId: correlationId,
    $causationId: causationId,
    actor: decision.actor,
    ...(decision.commandId !== undefined && { commandId: decision.commandId }),
    ...(decision.requestHash !== undefined && { requestHash: decision.requestHash }),
    build: by.build,
    wallTimeMs: by.wallTimeMs,
    version,
  };
  return jsonEvent({
    id: eventId,
    type,
    data: data as never,
    metadata: metadata as never,
  });
}

/** What the event of a decision is known by, before the log has it and after. */
export function idsOf(decision: Decision): DecisionIds {
  const { partition, epoch, seq } = decision.input;
  return {
    eventId: eventIdOf(decision),
    correlationId: correlationOf(decision),
    causationId: `${partition}/${epoch}/${seq}`,
  };
}

/** What happens to one position belongs together, from its opening to the last fill. */
function correlationOf({ fact, streamId }: Decision): string {
  return 'positionId' in fact.data ? fact.data.positionId : streamId;
}

export type ReadRecord =
  | { readonly kind: 'fact'; readonly recorded: Recorded<Fact> }
  | { readonly kind: 'unreadable'; readonly record: UnreadableRecord };

export function readRecord(event: LoggedEvent, position: bigint): ReadRecord {
  const metadata = (event.metadata ?? {}) as unknown as EventMetadata;
  const decoded = decodeFact(event.type, metadata.version, event.isJson ? event.data : undefined);
  const revision = Number(event.revision);
  const { streamId, type } = event;
  if (decoded.kind === 'unreadable') {
    return {
      kind: 'unreadable',
      record: { streamId, revision, position, type, reason: decoded.reason },
    };
  }
  return {
    kind: 'fact',
    recorded: {
      event: decoded.fact,
      eventId: event.id,
      streamId,
      revision,
      position,
      metadata,
      recordedAt: event.created.getTime(),
    },
  };
}
