import { join } from 'node:path';
import { startReadSide } from '../../src/read-side.main.js';
import type { ReadSide, ReadSideOptions } from '../../src/read-side.main.js';
import { MemoryEventFeed } from './memory-event-feed.js';
import { READ_SIDE_END, READ_SIDE_LOG } from './read-side-log.js';
import { OpenApiCheck } from './openapi-check.js';
import { seedCluster, startPostgres, temporaryFolder } from './postgres-fixture.js';
import type { RunningPostgres } from './postgres-fixture.js';
import type { AlarmBoard } from '../../src/application/ports/alarm.port.js';
import { ScriptedGateway } from './scripted-gateway.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed text; undefined when it is no JSON. */
  readonly body: any;
}

/** In which the status tells what an answer of GraphQL is. */
export const GRAPHQL_OWN_TYPE = 'application/graphql-response+json';

export interface RunningApi {
  readonly readSide: ReadSide;
  readonly postgres: RunningPostgres;
  readonly feed: MemoryEventFeed;
  readonly gateway: ScriptedGateway;
  /** The boards of alarms that the API finds. */
  readonly boards: AlarmBoard[];
  /** Faults of ours that requests ran into. */
  readonly bugs: unknown[];
  readonly origin: string;
  /** Every answer is held against the document. */
  readonly openApi: OpenApiCheck;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends the body as JSON; text goes out as it is. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  graphql(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** The read side as it is run, over a PostgreSQL of its own, a log in memory and an engine that answers as told. */
export async function startApi(
  feed: MemoryEventFeed,
  roles: ReadSideOptions['roles'] = { projector: true, api: true },
  access: Partial<ReadSideOptions['access']> = {},
  more: Pick<ReadSideOptions, 'decisionsKept' | 'signals'> = {},
): Promise<RunningApi> {
  const folder = temporaryFolder('api');
  await seedCluster(folder.path);
  const postgres = await startPostgres(folder.path);
  const stopPostgres = async () => {
    await postgres.stop();
    folder.remove();
  };
  const gateway = new ScriptedGateway();
  const bugs: unknown[] = [];
  const boards: AlarmBoard[] = [];
  const readSide = await startReadSide({
    databaseUrl: postgres.url,
    host: '127.0.0.1',
    port: 0,
    eventFeed: feed,
    engineGateway: gateway,
    alarmBoards: { read: () => Promise.resolve(boards) },
    access: { tokens: undefined, requestsPerSecond: 200, ...access },
    ...more,
    rootDir: join(__dirname, '../..'),
    roles,
    onBug: (error) => bugs.push(error),
  }).catch(async (error: unknown) => {
    await stopPostgres();
    throw error;
  });
  const origin = `http://127.0.0.1:${String(readSide.port)}`;
  const documented = await answerOf(`${origin}/api/docs-json`, {});
  if (documented.status !== 200) throw new Error(documented.text, { cause: bugs[0] });
  const check = new OpenApiCheck(documented.body);
  const send: RunningApi['send'] = async (method, path, body, headers = {}) => {
    const answer = await answerOf(`${origin}${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    check.check(method, path, answer);
    return answer;
  };
  return {
    readSide,
    postgres,
    feed,
    gateway,
    boards,
    bugs,
    origin,
    openApi: check,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    graphql: (query, variables, headers) => send('POST', '/graphql', { query, variables }, headers),
    close: async () => {
      await readSide.close();
      await stopPostgres();
    },
  };
}

async function answerOf(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The API for all tests of a file, over the log of `read-side-log.ts`, read to its end. */
export function shareReadSide(take: (api: RunningApi) => void): void {
  let api: RunningApi | undefined;
  beforeAll(async () => {
    api = await startApi(new MemoryEventFeed(READ_SIDE_LOG));
    expect((await api.get(`/api/v1/stops?waitFor=${READ_SIDE_END}`)).status).toBe(200);
    take(api);
  }, 60_000);
  afterAll(() => api?.close(), 30_000);
}
