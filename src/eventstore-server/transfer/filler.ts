import { createHash } from 'node:crypto';
import { parseUuid } from '../protocol/uuid.codec.js';
import type { CarriedEvent } from './transfer-line.codec.js';

const FILLER_TYPE = '$filler';
const NO_BYTES = Buffer.alloc(0);

/** Takes a number that no event has any more. The same every time: an import that is done again finds it there. */
export function filler(stream: string, revision: bigint): CarriedEvent {
  return {
    stream,
    revision,
    position: 0n,
    id: idFor(`${revision}@${stream}`),
    type: FILLER_TYPE,
    isJson: false,
    createdMs: 0,
    data: NO_BYTES,
    metadata: NO_BYTES,
  };
}

/** The same event once more, under an id of its own: under its old one it would be taken for a repetition. */
export function restated(event: CarriedEvent, until: bigint): CarriedEvent {
  return { ...event, id: idFor(`${event.id.text} ${until}@${event.stream}`) };
}

function idFor(text: string): CarriedEvent['id'] {
  const hex = createHash('sha256').update(text).digest('hex');
  const id = parseUuid(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
  if (id === undefined) throw new Error('Invariant: a cut hash is a uuid');
  return id;
}
