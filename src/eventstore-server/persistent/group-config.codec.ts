import type { FilterRequest, ReadFrom } from '../protocol/read-request.parse.js';
import { ALL, type GroupDefinition, type GroupSettings } from './group-settings.js';

export const CONFIG_STREAM = '$persistentSubscriptionConfig';
export const CONFIG_TYPE = '$PersistentConfig';
const VERSION = '2';

/** One group as it is stored. What is zero or false is left out. */
interface StoredGroup {
  readonly stream: string;
  readonly group: string;
  readonly startPosition: string;
  readonly filter?: FilterRequest;
  readonly resolveLinkTos?: boolean;
  readonly extraStatistics?: boolean;
  readonly messageTimeout?: number;
  readonly startFrom?: number;
  readonly liveBufferSize?: number;
  readonly historyBufferSize?: number;
  readonly maxRetryCount?: number;
  readonly readBatchSize?: number;
  readonly checkPointAfter?: number;
  readonly minCheckPointCount?: number;
  readonly maxCheckPointCount?: number;
  readonly maxSubscriberCount?: number;
  readonly namedConsumerStrategy?: string;
}

/** The document that holds all groups of the node. */
export function writeGroupConfig(groups: readonly GroupDefinition[], updatedBy: string): Buffer {
  const document = {
    version: VERSION,
    updated: new Date().toISOString(),
    updatedBy,
    entries: groups.map(storedGroup),
  };
  return Buffer.from(JSON.stringify(document), 'utf8');
}

/** Undefined for a document that is none of ours. */
export function readGroupConfig(data: Buffer): GroupDefinition[] | undefined {
  let document: { version?: unknown; entries?: unknown } | null;
  try {
    document = JSON.parse(data.toString('utf8')) as typeof document;
  } catch {
    return undefined; // Not written by this node: the one before it counts.
  }
  const { version, entries } = document ?? {};
  if (version !== VERSION || !Array.isArray(entries) || !entries.every(isStored)) return undefined;
  return entries.map(definitionOf);
}

function isStored(value: unknown): value is StoredGroup {
  if (typeof value !== 'object' || value === null) return false;
  const { stream, group, startPosition } = value as Partial<StoredGroup>;
  return [stream, group, startPosition].every((text) => typeof text === 'string');
}

function storedGroup({ source, group, start, filter, settings }: GroupDefinition): object {
  const entry = {
    stream: source,
    group,
    filter,
    resolveLinkTos: settings.resolveLinks,
    extraStatistics: settings.extraStatistics,
    messageTimeout: settings.messageTimeoutMs,
    startFrom: source === ALL ? 0 : Number(startNumber(start)),
    liveBufferSize: settings.liveBufferSize,
    historyBufferSize: settings.historyBufferSize,
    maxRetryCount: settings.maxRetryCount,
    readBatchSize: settings.readBatchSize,
    checkPointAfter: settings.checkpointAfterMs,
    minCheckPointCount: settings.checkpointCountMin,
    maxCheckPointCount: settings.checkpointCountMax,
    maxSubscriberCount: settings.subscriberCountMax,
    namedConsumerStrategy: settings.strategy,
  };
  const said = Object.entries(entry).filter(([, value]) => value !== 0 && value !== false);
  const at = startNumber(start);
  const startPosition = source === ALL ? `C:${at}/P:${at}` : at;
  return { ...Object.fromEntries(said), startPosition };
}

function startNumber(start: ReadFrom): string {
  if (start === 'start') return '0';
  return start === 'end' ? '-1' : BigInt(start.at).toString();
}

function definitionOf(stored: StoredGroup): GroupDefinition {
  const settings: GroupSettings = {
    resolveLinks: stored.resolveLinkTos ?? false,
    extraStatistics: stored.extraStatistics ?? false,
    messageTimeoutMs: stored.messageTimeout ?? 0,
    maxRetryCount: stored.maxRetryCount ?? 0,
    checkpointAfterMs: stored.checkPointAfter ?? 0,
    checkpointCountMin: stored.minCheckPointCount ?? 0,
    checkpointCountMax: stored.maxCheckPointCount ?? 0,
    subscriberCountMax: stored.maxSubscriberCount ?? 0,
    liveBufferSize: stored.liveBufferSize ?? 0,
    readBatchSize: stored.readBatchSize ?? 0,
    historyBufferSize: stored.historyBufferSize ?? 0,
    strategy: stored.namedConsumerStrategy ?? '',
  };
  const { stream: source, group, startPosition, filter } = stored;
  return { source, group, start: startOf(startPosition), filter, settings };
}

function startOf(text: string): ReadFrom {
  const number = /-?\d+/.exec(text)?.[0] ?? '0';
  if (number === '0') return 'start';
  return number === '-1' ? 'end' : { at: Number(number) };
}
