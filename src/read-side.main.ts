import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { READ_MODELS } from '../projections/catalogue.js';
import { readSideDataSource } from './adapters/postgres/data-source.js';
import { Projector } from './adapters/postgres/projector.js';
import { ReadModelQueries } from './adapters/postgres/read-model-queries.js';
import { SchemaTooNew } from './adapters/postgres/read-model-schema.js';
import { DecisionStream } from './application/decision-stream.js';
import { requireAllAccounts } from './api/access/caller.js';
import { GuardedGateway } from './api/access/guarded-gateway.js';
import type { OwnerOf } from './api/access/guarded-gateway.js';
import { GuardedReads } from './api/access/guarded-reads.js';
import { listen } from './api/http-server.js';
import { LiveRows } from './api/live/live-rows.js';
import { OpenStates } from './api/live/open-states.js';
import { PriceWatch } from './api/live/price-watch.js';
import { alarmFigures } from './api/operations/alarm-metrics.js';
import { coverageFigures } from './api/operations/coverage-metrics.js';
import { feedFigures } from './api/operations/feed-metrics.js';
import { scrapeView } from './api/operations/scrape-view.js';
import { stepFigures } from './api/operations/step-metrics.js';
import { ReadSideMetrics } from './api/operations/read-side-metrics.js';
import { rowAt } from './api/past.js';
import type { Moment, PastNoun } from './api/past.js';
import type { ReadModels } from './api/read-models.port.js';
import type { AlarmBoards } from './application/ports/alarm.port.js';
import type { AccessTokens } from './application/ports/access.port.js';
import type { EngineGateway } from './application/ports/engine-gateway.port.js';
import type { MarketGateway } from './application/ports/market-gateway.port.js';
import type { EventFeed } from './application/ports/event-feed.port.js';
import type { ProjectorStatus } from './application/ports/read-side.port.js';
import type { SignalSource } from './application/ports/signal-source.port.js';
import { ReadSideModule } from './read-side.module.js';

export interface ReadSideAccess {
  /** Undefined: everybody who reaches the server may do everything. */
  readonly tokens: AccessTokens | undefined;
  readonly requestsPerSecond: number;
  readonly slowClientMs?: number;
}

export interface ReadSideOptions {
  readonly databaseUrl: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly eventFeed: EventFeed;
  readonly engineGateway: EngineGateway & MarketGateway;
  readonly alarmBoards: AlarmBoards;
  readonly access: ReadSideAccess;
  /** The repository's (or the package's) root: holds `projections/` with its `*.table.sql`. */
  readonly rootDir: string;
  readonly roles: { readonly projector: boolean; readonly api: boolean };
  /** How many decisions are kept for readers that are slow or come back. */
  readonly decisionsKept?: number;
  /** Where signals come from; default: nowhere. */
  readonly signals?: readonly SignalSource[];
  /** Told of faults of ours that a request ran into; they are answered without their message. */
  readonly onBug?: (error: unknown) => void;
  /** Told what an operator should know. */
  readonly onNotice?: (line: string) => void;
}

export interface ReadSide {
  /** Where HTTP listens; 0 without the role `api`. */
  readonly port: number;
  projectorStatus(): ProjectorStatus | undefined;
  close(): Promise<void>;
}

const POSITION_POLL_MS = 5;
const DATABASE_WAIT_MS_MAX = 15_000;
const DATABASE_RETRY_MS = 100;

/**
 * Starts the roles of the read side in this process.
 * Throws `SchemaTooNew`, for a port in use, and when the database cannot be reached for 15 s.
 */
export async function startReadSide(options: ReadSideOptions): Promise<ReadSide> {
  const dataSource = readSideDataSource(options.databaseUrl);
  await reached(() => dataSource.initialize());
  const { eventFeed: feed, rootDir, roles } = options;
  const projector = roles.projector
    ? new Projector({
        dataSource,
        feed,
        projections: READ_MODELS,
        rootDir,
        ...(options.onNotice && { onNotice: options.onNotice }),
      })
    : undefined;
  const end = async () => {
    await projector?.close();
    await dataSource.destroy();
  };
  try {
    if (projector) await reached(() => projector.start());
    const queries = new ReadModelQueries(dataSource);
    const http = roles.api ? await startApi(options, queries, projector) : undefined;
    return {
      port: http?.port ?? 0,
      projectorStatus: () => projector?.status(),
      close: async () => {
        await http?.app.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function startApi(
  options: ReadSideOptions,
  queries: ReadModelQueries,
  projector: Projector | undefined,
) {
  const { host, port, engineGateway, alarmBoards, eventFeed, access, onBug } = options;
  const { decisionsKept } = options;
  const projectorStatus = projector && (() => projector.status());
  const metrics = new ReadSideMetrics(engineGateway, projectorStatus);
  alarmFigures(metrics.registry, alarmBoards);
  const scraped = scrapeView(engineGateway);
  coverageFigures(metrics.registry, scraped);
  feedFigures(metrics.registry, scraped);
  stepFigures(metrics.registry, scraped);
  const reads = new GuardedReads(withLog(queries, projector, eventFeed));
  const live = {
    decisions: new DecisionStream(
      eventFeed,
      decisionsKept === undefined ? {} : { keptMax: decisionsKept },
    ),
    states: new OpenStates(reads),
    rows: new LiveRows(eventFeed),
    prices: new PriceWatch(engineGateway),
  };
  const module = ReadSideModule.of({
    engineGateway: new GuardedGateway(engineGateway, ownersIn(eventFeed)),
    engineProbe: engineGateway,
    readModels: reads,
    projectorStatus,
    metrics,
    alarmBoards: guarded(alarmBoards),
    live,
    signals: options.signals ?? [],
  });
  const market = engineGateway;
  return listen(module, {
    ...{ host, port, metrics, market, live },
    ...access,
    onBug: onBug ?? (() => undefined),
  });
}

/** Alarms name stops, orders and venues of every account. */
function guarded(boards: AlarmBoards): AlarmBoards {
  return {
    read: async () => {
      requireAllAccounts();
      return boards.read();
    },
  };
}

const OWNERS_MAX = 100_000; // an id and an account each: some 10 MB

/** Accounts of aggregates, from the log. An aggregate never changes hands, so that each is looked up once. */
function ownersIn(feed: EventFeed): OwnerOf {
  const owners = new Map<string, string>();
  return async (streamId) => {
    const known = owners.get(streamId);
    if (known !== undefined) return known;
    const [first] = await feed.readStream(streamId);
    if (!first || !('accountId' in first.event.data)) return undefined;
    if (owners.size >= OWNERS_MAX) owners.clear();
    owners.set(streamId, first.event.data.accountId);
    return first.event.data.accountId;
  };
}

/**
 * The tables, and what they cannot tell: the past is read from the log. The projector of this process knows at once how
 * far it is; one elsewhere is found out by looking.
 */
function withLog(
  queries: ReadModelQueries,
  projector: Projector | undefined,
  log: EventFeed,
): ReadModels {
  const looking = async (position: bigint, timeoutMs: number) => {
    const deadline = performance.now() + timeoutMs;
    while ((await queries.lowestPosition()) < position) {
      if (performance.now() > deadline) return false;
      await delay(POSITION_POLL_MS);
    }
    return true;
  };
  return Object.assign(queries, {
    past: (noun: PastNoun, id: string, moment: Moment) => rowAt(log, { noun, id, moment }),
    newestPosition: () => log.newestPosition(),
    waitFor: projector
      ? (position: bigint, timeoutMs: number) => projector.whenAt(position, timeoutMs)
      : looking,
  });
}

/** A database that is only just starting is waited for. */
async function reached<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + DATABASE_WAIT_MS_MAX;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof SchemaTooNew || performance.now() > deadline) throw error;
      await delay(DATABASE_RETRY_MS);
    }
  }
}
