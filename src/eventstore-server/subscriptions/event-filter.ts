import { createContext, Script } from 'node:vm';
import { GRPC_INVALID_ARGUMENT, GrpcError } from '../protocol/grpc-status.js';
import type { FilterRequest } from '../protocol/read-request.parse.js';
import type { StreamIndex } from '../streams/stream-index.js';
import { parseDotnetPattern } from './dotnet-pattern.parse.js';

const UNKNOWN = 0;
const MATCHES = 1;
const DIFFERS = 2;
const PATTERN_CHARS_MAX = 4096;
const CASELESS = '(?i)';
/** Names judged at a time: a guarded run costs 0.1 ms whatever it does. */
const NAMES_AT_A_TIME = 256;
const TEST_MS_MAX = 100;

/** Streams that the node keeps for itself and $all never shows. */
const HIDDEN_STREAM =
  /^(\$epoch-information|\$persistentsubscription-\$all::.*-(checkpoint|parked))$/s;

type Matcher = (names: readonly string[]) => readonly boolean[];

/**
 * Tells which events of $all a reader gets.
 *
 * A filter looks at the stream name or the event type only, and both are numbered: each name is
 * matched once per filter, so a slow pattern costs per name and never per event.
 */
export class EventFilter {
  private readonly hidden: Verdicts;
  private readonly wanted: Verdicts | undefined;
  private readonly on: FilterRequest['on'];

  /** Throws a GrpcError if the pattern is none. */
  constructor(
    private readonly index: StreamIndex,
    request: FilterRequest | undefined,
  ) {
    this.hidden = new Verdicts(
      index.streamNames,
      each((name) => HIDDEN_STREAM.test(name)),
    );
    this.on = request?.on ?? 'stream';
    if (request === undefined) return;
    const names = this.on === 'stream' ? index.streamNames : index.typeNames;
    this.wanted = new Verdicts(names, compile(request));
  }

  /** Whether its pattern takes too long for a name that it met. */
  get isBroken(): boolean {
    return this.wanted?.failure !== undefined;
  }

  /** Whether $all shows the event to anybody. */
  isVisible(ordinal: number): boolean {
    const { columns } = this.index;
    return !columns.isRemoved(ordinal) && !this.hidden.of(columns.streamNo(ordinal));
  }

  isWanted(ordinal: number): boolean {
    if (this.wanted === undefined) return true;
    const { columns } = this.index;
    return this.wanted.of(
      this.on === 'stream' ? columns.streamNo(ordinal) : columns.typeNo(ordinal),
    );
  }
}

/** Remembers a yes or no per number. */
class Verdicts {
  private known = new Uint8Array(NAMES_AT_A_TIME);
  /** Not to be waited for again by each who shares the filter. */
  failure: Error | undefined;

  constructor(
    private readonly names: { slice(from: number, to: number): readonly string[] },
    private readonly match: Matcher,
  ) {}

  of(no: number): boolean {
    if ((this.known[no] ?? UNKNOWN) === UNKNOWN) this.judgeFrom(no);
    return this.known[no] === MATCHES;
  }

  private judgeFrom(no: number): void {
    const names = this.names.slice(no, no + NAMES_AT_A_TIME);
    if (no + names.length > this.known.length) {
      const grown = new Uint8Array(Math.max(no + names.length, this.known.length * 2));
      grown.set(this.known);
      this.known = grown;
    }
    for (const [i, isMatch] of this.matchOrFail(names).entries()) {
      this.known[no + i] = isMatch ? MATCHES : DIFFERS;
    }
  }

  private matchOrFail(names: readonly string[]): readonly boolean[] {
    if (this.failure !== undefined) throw this.failure;
    try {
      return this.match(names);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw this.failure;
    }
  }
}

function each(test: (name: string) => boolean): Matcher {
  return (names) => names.map(test);
}

/** A non-empty pattern wins over prefixes; no prefix at all matches nothing. */
function compile(request: FilterRequest): Matcher {
  if (request.regex === '') {
    return each((name) => request.prefixes.some((prefix) => name.startsWith(prefix)));
  }
  const pattern = toRegExp(request.regex);
  if (!mayExplode(request.regex)) return each((name) => pattern.test(name));
  return (names) => matchGuarded(pattern, names);
}

function toRegExp(source: string): RegExp {
  if (source.length > PATTERN_CHARS_MAX) {
    throw refusal(`a pattern has at most ${PATTERN_CHARS_MAX} characters`);
  }
  const isCaseless = source.startsWith(CASELESS);
  const body = isCaseless ? source.slice(CASELESS.length) : source;
  const flags = isCaseless ? 'i' : '';
  const parsed = parseDotnetPattern(body);
  if (parsed.kind === 'unknown') {
    throw refusal(`'${source}': '${parsed.construct}' is not known here`);
  }
  const { text, hasClassOfUnicode } = parsed;
  // With `u` classes such as \p{L} work, and are plain letters without it; braces that .NET allows alone need it gone.
  const pattern =
    tryRegExp(text, `${flags}u`) ?? (hasClassOfUnicode ? undefined : tryRegExp(text, flags));
  if (pattern === undefined) throw refusal(`'${source}' is not a valid regular expression`);
  return pattern;
}

function tryRegExp(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined; // The caller tries other flags or tells the client.
  }
}

/**
 * One repetition takes linear time from each start. It explodes with a second one, counted ones such as `{20}` included,
 * with alternatives inside of it, or with a reference back to what it took.
 */
function mayExplode(source: string): boolean {
  const repetitions = (source.match(/[*+?]|\{\d+(?:,\d*)?\}/g) ?? []).length;
  return repetitions > 1 || (repetitions === 1 && /\||\\[1-9k]/.test(source));
}

const GUARDED_TEST = new Script('names.map((name) => pattern.test(name))');
const guarded = createContext({ names: [] as readonly string[], pattern: /./ });

/** Tests where execution can be cut short: one client's pattern must not stop the whole server. */
function matchGuarded(pattern: RegExp, names: readonly string[]): readonly boolean[] {
  Object.assign(guarded, { names, pattern });
  try {
    return GUARDED_TEST.runInContext(guarded, { timeout: TEST_MS_MAX }) as boolean[];
  } catch (error) {
    throw refusal(`the pattern '${pattern.source}' takes too long to match`, error);
  }
}

function refusal(message: string, cause?: unknown): GrpcError {
  const error = new GrpcError(GRPC_INVALID_ARGUMENT, message);
  if (cause !== undefined) error.cause = cause;
  return error;
}
