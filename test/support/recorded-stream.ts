import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeFact } from '../../src/codecs/fact.codec.js';
import type { Fact } from '../../src/domain/facts.js';
import type { EventMetadata, Recorded } from '../../src/domain/kernel/event.js';

export const STREAMS = join(__dirname, '../fixtures/streams');

interface Line {
  readonly streamId: string;
  readonly revision: number;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/** A log as the program once wrote it, read by today's codec. */
export function recordedStream(name: string): readonly Recorded<Fact>[] {
  const text = gunzipSync(readFileSync(join(STREAMS, `${name}.jsonl.gz`))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => factOf(JSON.parse(line) as Line));
}

function factOf({ type, data, metadata, ...at }: Line): Recorded<Fact> {
  const decoded = decodeFact(type, metadata.version, data);
  if (decoded.kind === 'unreadable') throw new Error(`${at.streamId}: ${decoded.reason}`);
  const { streamId, revision, position, id: eventId, created: recordedAt } = at;
  const recorded = { event: decoded.fact, eventId, streamId, revision, metadata, recordedAt };
  return { ...recorded, position: BigInt(position) };
}
