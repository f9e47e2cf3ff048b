import { LINK_TYPE, readRecordedEvent } from '../protocol/recorded-event.codec.js';
import type { ResolvedEvent } from '../protocol/read-response.codec.js';

/** The text of the link by which an event was reached: what is parked points at the event itself. */
export function targetOf({ link }: ResolvedEvent): string | undefined {
  return link === undefined ? undefined : readRecordedEvent(link).data.toString('utf8');
}

/** What a pinning strategy goes by: the stream an event comes from, or its correlation id. */
export function keyOf(
  event: ResolvedEvent,
  by: 'none' | 'stream' | 'correlation',
): string | undefined {
  if (by === 'none') return undefined;
  const correlation = by === 'correlation' ? correlationOf(event.event) : undefined;
  return correlation ?? sourceStreamOf(event.link ?? event.event);
}

function sourceStreamOf(message: Buffer | undefined): string {
  if (message === undefined) return '';
  const { type, data, stream } = readRecordedEvent(message);
  if (type !== LINK_TYPE) return stream;
  const text = data.toString('utf8');
  return text.slice(text.indexOf('@') + 1);
}

function correlationOf(message: Buffer | undefined): string | undefined {
  if (message === undefined) return undefined;
  try {
    const text = readRecordedEvent(message).metadata.toString('utf8');
    const metadata = JSON.parse(text) as { $correlationId?: unknown } | null;
    const id = metadata?.$correlationId;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined; // Not every metadata is JSON.
  }
}
