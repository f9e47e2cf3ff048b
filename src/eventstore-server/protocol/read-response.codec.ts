import { FRAME_HEADER_BYTES } from './grpc-frames.codec.js';
import { putVarint, varintSize, WireWriter } from './wire.codec.js';

/** An event as a reader gets it: stored messages, ready to be put into an answer. */
export interface ResolvedEvent {
  /** Absent if the event is a link whose target is gone. */
  readonly event: Buffer | undefined;
  /** Present if links were to be resolved and this is one. */
  readonly link: Buffer | undefined;
  /** Position of the link if there is one, else of the event. */
  readonly position: number;
}

const TAG_EVENT = 0x0a;
const TAG_LINK = 0x12;
const TAG_COMMIT_POSITION = 0x18;

interface Sized {
  readonly item: ResolvedEvent;
  readonly readEventBytes: number;
  readonly messageBytes: number;
}

/** Frames one ReadResp per event, all in one buffer: a page costs one write. */
export function frameEvents(items: readonly ResolvedEvent[]): Buffer {
  let total = 0;
  const sized = items.map((item): Sized => {
    const readEventBytes =
      partSize(item.event) + partSize(item.link) + 1 + varintSize(item.position);
    const messageBytes = 1 + varintSize(readEventBytes) + readEventBytes;
    total += FRAME_HEADER_BYTES + messageBytes;
    return { item, readEventBytes, messageBytes };
  });
  const out = Buffer.allocUnsafe(total);
  let at = 0;
  for (const { item, readEventBytes, messageBytes } of sized) {
    out[at] = 0;
    out.writeUInt32BE(messageBytes, at + 1);
    at += FRAME_HEADER_BYTES;
    out[at++] = TAG_EVENT;
    at = putVarint(out, at, readEventBytes);
    at = putPart(out, at, { tag: TAG_EVENT, part: item.event });
    at = putPart(out, at, { tag: TAG_LINK, part: item.link });
    out[at++] = TAG_COMMIT_POSITION;
    at = putVarint(out, at, item.position);
  }
  return out;
}

export function confirmation(subscriptionId: string): Buffer {
  return new WireWriter().message(2, (body) => body.string(1, subscriptionId)).finish();
}

export function checkpoint(position: number): Buffer {
  return new WireWriter(32).message(3, (body) => body.uint(1, position).uint(2, position)).finish();
}

export function streamNotFound(stream: string): Buffer {
  return new WireWriter()
    .message(4, (body) => body.message(1, (identifier) => identifier.string(3, stream)))
    .finish();
}

/** Revision of the last event of the stream that was read. */
export function lastStreamPosition(revision: number): Buffer {
  return new WireWriter(16).uintAlways(6, revision).finish();
}

export function caughtUp(): Buffer {
  return new WireWriter(8).empty(8).finish();
}

function partSize(part: Buffer | undefined): number {
  return part === undefined ? 0 : 1 + varintSize(part.length) + part.length;
}

function putPart(
  out: Buffer,
  at: number,
  field: { readonly tag: number; readonly part: Buffer | undefined },
): number {
  if (field.part === undefined) return at;
  out[at] = field.tag;
  const start = putVarint(out, at + 1, field.part.length);
  field.part.copy(out, start);
  return start + field.part.length;
}
