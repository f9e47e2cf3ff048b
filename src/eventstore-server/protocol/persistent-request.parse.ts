import type { GroupDefinition, GroupSettings } from '../persistent/group-settings.js';
import { readStreamName } from './append-request.parse.js';
import { invalidArgument } from './grpc-status.js';
import type { GroupName } from './persistent-errors.js';
import {
  type FilterRequest,
  readAllSource,
  readFilter,
  type ReadFrom,
} from './read-request.parse.js';
import { WireReader } from './wire.codec.js';

export type GroupUpdate = Omit<GroupDefinition, 'filter'>;

const ALL = '$all';
const TICKS_PER_MS = 10_000;
const NAMED_STRATEGIES = ['DispatchToSingle', 'RoundRobin', 'Pinned'];
/** How the deprecated form spells "from the end": the largest unsigned number. */
const END_REVISION = 2n ** 64n - 1n;

interface Draft {
  /** By the deprecated form, whose start is in the settings. */
  oldStream: string | undefined;
  stream: { readonly name: string; readonly start: ReadFrom } | undefined;
  all: { readonly start: ReadFrom; readonly filter: FilterRequest | undefined } | undefined;
  group: string;
  settings: { readonly settings: GroupSettings; readonly start: ReadFrom } | undefined;
}

/** CreateReq and UpdateReq, which differ in the filter only. Throws a GrpcError for what is missing. */
export function parseGroupDefinition(message: Buffer): GroupDefinition {
  const draft: Draft = {
    oldStream: undefined,
    stream: undefined,
    all: undefined,
    group: '',
    settings: undefined,
  };
  const options = optionsOf(message);
  for (let field = options.next(); field !== 0; field = options.next())
    readField(options, field, draft);
  if (draft.settings === undefined) throw invalidArgument('the request has no settings');
  const { settings, start } = draft.settings;
  const { group, all, stream } = draft;
  if (all !== undefined) return { source: ALL, group, settings, ...all };
  const source = stream?.name ?? draft.oldStream ?? '';
  if (source === '') throw invalidArgument('neither a stream nor $all is named');
  if (source === ALL) throw invalidArgument('$all is not the name of a stream');
  return { source, group, start: stream?.start ?? start, filter: undefined, settings };
}

/** DeleteReq: `all` is field 3. */
export function parseDeleteGroup(message: Buffer): GroupName {
  return parseGroupName(optionsOf(message), { stream: 1, group: 2, all: 3 });
}

/** GetInfoReq. */
export function parseGetInfo(message: Buffer): GroupName {
  return parseGroupName(optionsOf(message), { stream: 1, all: 2, group: 3 });
}

/** ReplayParkedReq: up to which parked revision, or all. */
export function parseReplay(message: Buffer): GroupName & { readonly stopAt: bigint | undefined } {
  const fields = { group: 1, stream: 2, all: 3 };
  const name = parseGroupName(optionsOf(message), fields);
  const options = optionsOf(message);
  let stopAt: bigint | undefined;
  let isUnlimited = false;
  for (let field = options.next(); field !== 0; field = options.next()) {
    if (field === 4) stopAt = options.int64Exact();
    else {
      if (field === 5) isUnlimited = true;
      options.skip();
    }
  }
  if (stopAt === undefined && !isUnlimited) throw invalidArgument('no end of the replay is named');
  return { ...name, stopAt };
}

/** ListReq: the source whose groups are wanted; undefined for all of the node. */
export function parseList(message: Buffer): string | undefined {
  const options = optionsOf(message);
  let source: string | undefined;
  let isNamed = false;
  for (let field = options.next(); field !== 0; field = options.next()) {
    isNamed = isNamed || field === 1 || field === 2;
    if (field === 2) source = readStreamOption(options.message());
    else options.skip();
  }
  if (!isNamed) throw invalidArgument('neither all groups nor a stream is named');
  return source;
}

function optionsOf(message: Buffer): WireReader {
  const reader = new WireReader(message);
  let options: WireReader | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) options = reader.message();
    else reader.skip();
  }
  if (options === undefined) throw invalidArgument('the request has no options');
  return options;
}

function parseGroupName(
  options: WireReader,
  fields: { readonly stream: number; readonly group: number; readonly all: number },
): GroupName {
  let source = '';
  let group = '';
  for (let field = options.next(); field !== 0; field = options.next()) {
    if (field === fields.stream) source = readStreamName(options.message());
    else if (field === fields.group) group = options.string();
    else {
      if (field === fields.all) source = ALL;
      options.skip();
    }
  }
  if (source === '') throw invalidArgument('neither a stream nor $all is named');
  return { source, group };
}

function readStreamOption(reader: WireReader): string {
  let source = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) source = readStreamName(reader.message());
    else {
      if (field === 2) source = ALL;
      reader.skip();
    }
  }
  if (source === '') throw invalidArgument('neither a stream nor $all is named');
  return source;
}

function readField(options: WireReader, field: number, draft: Draft): void {
  if (field === 1) draft.oldStream = readStreamName(options.message());
  else if (field === 2) draft.group = options.string();
  else if (field === 3) draft.settings = readSettings(options.message());
  else if (field === 4) draft.stream = readStream(options.message());
  else if (field === 5) {
    const bytes = options.bytes();
    draft.all = {
      start: readAllSource(new WireReader(bytes)),
      filter: filterOf(new WireReader(bytes)),
    };
  } else options.skip();
}

function readStream(reader: WireReader): { name: string; start: ReadFrom } {
  let name = '';
  let start: ReadFrom = 'start';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = readStreamName(reader.message());
    else if (field === 2) start = startAt(reader.uint64Exact());
    else {
      if (field === 4) start = 'end';
      reader.skip();
    }
  }
  return { name, start };
}

function filterOf(reader: WireReader): FilterRequest | undefined {
  let filter: FilterRequest | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 4) filter = readFilter(reader.message());
    else reader.skip();
  }
  return filter;
}

function startAt(revision: bigint): ReadFrom {
  if (revision === 0n) return 'start';
  return revision === END_REVISION ? 'end' : { at: Number(revision) };
}

function readSettings(reader: WireReader): { settings: GroupSettings; start: ReadFrom } {
  const numbers = new Map<number, bigint>();
  let named = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 16) named = reader.string();
    else if (field <= 15) numbers.set(field, reader.int64Exact());
    else reader.skip();
  }
  const number = (field: number): number => Number(BigInt.asIntN(32, numbers.get(field) ?? 0n));
  const millis = (fields: { ms: number; ticks: number }): number => {
    const ticks = numbers.get(fields.ticks);
    return ticks === undefined ? number(fields.ms) : Number(ticks) / TICKS_PER_MS;
  };
  const strategy = named === '' ? NAMED_STRATEGIES[number(13)] : named;
  if (strategy === undefined) throw invalidArgument(`'${number(13)}' is not a ConsumerStrategy`);
  const settings: GroupSettings = {
    resolveLinks: number(1) !== 0,
    extraStatistics: number(3) !== 0,
    messageTimeoutMs: millis({ ms: 14, ticks: 4 }),
    maxRetryCount: number(5),
    checkpointAfterMs: millis({ ms: 15, ticks: 6 }),
    checkpointCountMin: number(7),
    checkpointCountMax: number(8),
    subscriberCountMax: number(9),
    liveBufferSize: number(10),
    readBatchSize: number(11),
    historyBufferSize: number(12),
    strategy,
  };
  return { settings, start: startAt(BigInt.asUintN(64, numbers.get(2) ?? 0n)) };
}
