import { readStreamName } from './append-request.parse.js';
import { invalidArgument } from './grpc-status.js';
import { WireReader } from './wire.codec.js';

/** Where a read begins. Revisions and positions above 2^53 are "beyond the end", whatever they are. */
export type ReadFrom = { readonly at: number } | 'start' | 'end';

export interface FilterRequest {
  readonly on: 'stream' | 'type';
  readonly regex: string;
  readonly prefixes: readonly string[];
  /** Events searched between checkpoints: window times multiplier. */
  readonly checkpointEvents: number;
}

export interface ReadRequest {
  /** Undefined for $all. */
  readonly stream: string | undefined;
  readonly from: ReadFrom;
  readonly isBackwards: boolean;
  readonly resolveLinks: boolean;
  /** Undefined for a subscription. */
  readonly count: number | undefined;
  readonly filter: FilterRequest | undefined;
  readonly structuredIds: boolean;
  /** Whether the reader of a stream is told the revision of its last event at the end. */
  readonly wantsLast: boolean;
}

const WINDOW_DEFAULT = 32;

interface Draft {
  source?: { readonly stream: string | undefined; readonly from: ReadFrom };
  direction: number;
  resolveLinks: boolean;
  count?: number;
  isSubscription: boolean;
  filter?: FilterRequest;
  hasNoFilter: boolean;
  structuredIds?: boolean;
  compatibility: number;
}

/** Throws a GrpcError for a request that makes no sense. */
export function parseReadRequest(message: Buffer): ReadRequest {
  const reader = new WireReader(message);
  const draft: Draft = {
    direction: 0,
    resolveLinks: false,
    isSubscription: false,
    hasNoFilter: false,
    compatibility: 0,
  };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readOptions(reader.message(), draft);
    else reader.skip();
  }
  const { source, direction, isSubscription, count, filter, structuredIds } = draft;
  if (source === undefined) throw invalidArgument('neither a stream nor $all is named');
  if (direction > 1) throw invalidArgument(`'${direction}' is not a valid ReadDirection`);
  if (structuredIds === undefined) throw invalidArgument('the form of uuids is not named');
  if (!isSubscription && count === undefined) {
    throw invalidArgument('neither a count nor a subscription is named');
  }
  if (filter === undefined && !draft.hasNoFilter) {
    throw invalidArgument('neither a filter nor its absence is named');
  }
  const isBackwards = direction === 1;
  const isNonsense =
    (isSubscription && isBackwards) || (filter !== undefined && source.stream !== undefined);
  if (isNonsense) {
    throw invalidArgument('The combination of source, count, direction and filter is invalid.');
  }
  return {
    ...source,
    isBackwards,
    resolveLinks: draft.resolveLinks,
    count: isSubscription ? undefined : count,
    filter,
    structuredIds,
    wantsLast: draft.compatibility > 0,
  };
}

function readOptions(reader: WireReader, draft: Draft): void {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) draft.source = readStreamSource(reader.message());
    else if (field === 2)
      draft.source = { stream: undefined, from: readAllSource(reader.message()) };
    else if (field === 3) draft.direction = reader.uint64();
    else if (field === 4) draft.resolveLinks = reader.bool();
    else if (field === 5) draft.count = reader.uint64();
    else if (field === 7) draft.filter = readFilter(reader.message());
    else if (field === 9) draft.structuredIds = !isTextUuid(reader.message());
    else if (field === 10) draft.compatibility = readCompatibility(reader.message());
    else {
      if (field === 6) draft.isSubscription = true;
      if (field === 8) draft.hasNoFilter = true;
      reader.skip();
    }
  }
}

function readStreamSource(reader: WireReader): { stream: string; from: ReadFrom } {
  let stream = '';
  let from: ReadFrom | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) stream = readStreamName(reader.message());
    else if (field === 2) from = { at: reader.uint64() };
    else {
      from = namedStart(field, { start: 3, end: 4 }) ?? from;
      reader.skip();
    }
  }
  if (stream === '') throw invalidArgument('the stream name must not be empty');
  if (from === undefined) throw invalidArgument('no revision to read from is named');
  return { stream, from };
}

/** The start of a read of $all: shared with filters of persistent subscriptions. */
export function readAllSource(reader: WireReader): ReadFrom {
  let from: ReadFrom | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) from = { at: readPosition(reader.message()) };
    else {
      from = namedStart(field, { start: 2, end: 3 }) ?? from;
      reader.skip();
    }
  }
  if (from === undefined) throw invalidArgument('no position to read from is named');
  return from;
}

function readPosition(reader: WireReader): number {
  let commit = 0;
  let prepare = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) commit = reader.uint64();
    else if (field === 2) prepare = reader.uint64();
    else reader.skip();
  }
  if (commit < prepare) {
    throw invalidArgument('the commit position must not lie before the prepare position');
  }
  return commit;
}

export function readFilter(reader: WireReader): FilterRequest {
  let on: FilterRequest['on'] | undefined;
  let expression = { regex: '', prefixes: [] as string[] };
  let window: number | undefined;
  let multiplier = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1 || field === 2) {
      on = field === 1 ? 'stream' : 'type';
      expression = readExpression(reader.message());
    } else if (field === 3) window = reader.uint32();
    else if (field === 5) multiplier = reader.uint32();
    else {
      if (field === 4) window = WINDOW_DEFAULT;
      reader.skip();
    }
  }
  if (on === undefined) throw invalidArgument('the filter has no target');
  if (window === undefined) throw invalidArgument('the filter has no search window');
  if (window === 0) throw invalidArgument('the search window must be at least 1');
  if (multiplier === 0) throw invalidArgument('the checkpoint interval must be at least 1');
  return { on, ...expression, checkpointEvents: window * multiplier };
}

function readExpression(reader: WireReader): { regex: string; prefixes: string[] } {
  let regex = '';
  const prefixes: string[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) regex = reader.string();
    else if (field === 2) prefixes.push(reader.string());
    else reader.skip();
  }
  return { regex, prefixes };
}

function isTextUuid(reader: WireReader): boolean {
  let isText = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) isText = true;
    reader.skip();
  }
  return isText;
}

function readCompatibility(reader: WireReader): number {
  let compatibility = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) compatibility = reader.uint32();
    else reader.skip();
  }
  return compatibility;
}

function namedStart(
  field: number,
  fields: { readonly start: number; readonly end: number },
): ReadFrom | undefined {
  if (field === fields.start) return 'start';
  return field === fields.end ? 'end' : undefined;
}
