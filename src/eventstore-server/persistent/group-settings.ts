import type { FilterRequest, ReadFrom } from '../protocol/read-request.parse.js';

export const STRATEGY_NAMES = [
  'DispatchToSingle',
  'RoundRobin',
  'Pinned',
  'PinnedByCorrelation',
] as const;

export type StrategyName = (typeof STRATEGY_NAMES)[number];

/**
 * How a group deals out its events. Sizes, counts and times may be zero or negative, as the original
 * accepts them; who uses them says what they then mean.
 */
export interface GroupSettings {
  readonly resolveLinks: boolean;
  readonly extraStatistics: boolean;
  /** Not above zero: an unanswered event never comes again by itself. */
  readonly messageTimeoutMs: number;
  readonly maxRetryCount: number;
  readonly checkpointAfterMs: number;
  readonly checkpointCountMin: number;
  readonly checkpointCountMax: number;
  /** Not above zero: any number. */
  readonly subscriberCountMax: number;
  readonly liveBufferSize: number;
  readonly readBatchSize: number;
  readonly historyBufferSize: number;
  readonly strategy: string;
}

/** What a group is and does; it is known by its source and its name. */
export interface GroupDefinition {
  /** A stream, or `$all`. */
  readonly source: string;
  readonly group: string;
  /** Inclusive, unlike the start of a subscription. */
  readonly start: ReadFrom;
  /** Of $all only; it cannot be changed later. */
  readonly filter: FilterRequest | undefined;
  readonly settings: GroupSettings;
}

export const ALL = '$all';

/** The name that consumers get in their confirmation, and that the group's own streams carry. */
export function groupKey(source: string, group: string): string {
  return `${source}::${group}`;
}

export function checkpointStreamOf(key: string): string {
  return `$persistentsubscription-${key}-checkpoint`;
}

export function parkedStreamOf(key: string): string {
  return `$persistentsubscription-${key}-parked`;
}

/** Why a group cannot have these settings; undefined if it can. Nothing else is checked. */
export function refuseSettings(settings: GroupSettings): string | undefined {
  const { readBatchSize, historyBufferSize, strategy } = settings;
  if (!(STRATEGY_NAMES as readonly string[]).includes(strategy)) {
    return `Consumer strategy ${strategy} does not exist.`;
  }
  if (readBatchSize >= historyBufferSize) {
    return `Error while creating subscription. ReadBatchSize may not be greater than or equal to BufferSize (was ${readBatchSize}, ${historyBufferSize})`;
  }
  return undefined;
}
