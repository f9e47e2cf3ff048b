import {
  readRecordedEvent,
  TOMBSTONE_REVISION,
  writeRecordedEvent,
} from '../protocol/recorded-event.codec.js';
import { parseUuid } from '../protocol/uuid.codec.js';
import { WireWriter } from '../protocol/wire.codec.js';
import { TOMBSTONE_MARK } from './event-columns.js';
import type { StreamIndex } from './stream-index.js';
import { correlationStreamOf, CORRELATION_KEY } from './system-stream.js';

const NOTHING = Buffer.alloc(0);

/**
 * What a scavenge leaves of an event: its place in its streams, without what was written. The log can
 * be indexed from it again, so that no event and no link ever gets another number.
 */
export function strippedOf(message: Buffer, position: number): Buffer {
  const event = readRecordedEvent(message);
  const correlation = correlationStreamOf(event.metadata)?.slice('$bc-'.length);
  const metadata =
    correlation === undefined
      ? NOTHING
      : Buffer.from(JSON.stringify({ [CORRELATION_KEY]: correlation }), 'utf8');
  const writer = new WireWriter(message.length);
  const { stream, revision, createdMs } = event;
  writeRecordedEvent(
    writer,
    { ...event, data: NOTHING, metadata },
    { stream, revision, position, createdMs },
  );
  return writer.finish();
}

/** The same as far as the index knows it: enough for the links that point at it. */
export function remainsOf(index: StreamIndex, ordinal: number): Buffer {
  const { columns } = index;
  const id = parseUuid(columns.idText(ordinal));
  if (id === undefined) throw new Error('Invariant: the index holds a uuid for each event');
  const mark = columns.revision(ordinal);
  const writer = new WireWriter(256);
  writeRecordedEvent(
    writer,
    { id, type: index.typeOf(ordinal), isJson: false, data: NOTHING, metadata: NOTHING },
    {
      stream: index.streamOf(ordinal).name,
      revision: mark === TOMBSTONE_MARK ? TOMBSTONE_REVISION : mark,
      position: columns.position(ordinal),
      createdMs: columns.createdMs(ordinal),
    },
  );
  return writer.finish();
}
