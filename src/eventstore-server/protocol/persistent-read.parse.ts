import { readStreamName } from './append-request.parse.js';
import { invalidArgument } from './grpc-status.js';
import type { GroupName } from './persistent-errors.js';
import { readUuid } from './uuid.codec.js';
import { WireReader } from './wire.codec.js';

export interface JoinRequest extends GroupName {
  readonly window: number;
  readonly structuredIds: boolean;
}

/** What a consumer says: it joins once and then answers events by their ids. */
export type ConsumerMessage =
  | { readonly kind: 'join'; readonly request: JoinRequest }
  | { readonly kind: 'ack'; readonly ids: readonly string[] }
  | {
      readonly kind: 'nack';
      readonly ids: readonly string[];
      readonly action: number;
      readonly reason: string;
    }
  | { readonly kind: 'nothing' };

export function parseConsumerMessage(message: Buffer): ConsumerMessage {
  const reader = new WireReader(message);
  let parsed: ConsumerMessage = { kind: 'nothing' };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) parsed = { kind: 'join', request: parseJoin(reader.message()) };
    else if (field === 2) parsed = { kind: 'ack', ids: parseAnswer(reader.message()).ids };
    else if (field === 3) parsed = { kind: 'nack', ...parseAnswer(reader.message()) };
    else reader.skip();
  }
  return parsed;
}

function parseJoin(reader: WireReader): JoinRequest {
  let source = '';
  let group = '';
  let window = 0;
  let structuredIds: boolean | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) source = readStreamName(reader.message());
    else if (field === 2) group = reader.string();
    else if (field === 3) window = reader.int32();
    else if (field === 4) structuredIds = isStructured(reader.message());
    else {
      if (field === 5) source = '$all';
      reader.skip();
    }
  }
  if (source === '') throw invalidArgument('neither a stream nor $all is named');
  if (window < 0) throw invalidArgument(`the buffer size must not be negative, was ${window}`);
  if (structuredIds === undefined) throw invalidArgument('the form of uuids is not named');
  return { source, group, window, structuredIds };
}

function parseAnswer(reader: WireReader): { ids: string[]; action: number; reason: string } {
  const ids: string[] = [];
  let action = 0;
  let reason = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) {
      const id = readUuid(reader.message());
      if (id !== undefined) ids.push(id.text);
    } else if (field === 3) action = reader.int32();
    else if (field === 4) reason = reader.string();
    else reader.skip();
  }
  return { ids, action, reason };
}

function isStructured(reader: WireReader): boolean {
  let isText = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) isText = true;
    reader.skip();
  }
  return !isText;
}
