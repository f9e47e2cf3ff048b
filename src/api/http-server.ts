import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { DynamicModule } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MarketGateway } from '../application/ports/market-gateway.port.js';
import { keepDoor } from './access/doorkeeper.js';
import type { DoorOptions } from './access/doorkeeper.js';
import { serveGraphiql } from './graphql/graphiql-page.js';
import { tagAnswers } from './unchanged-answers.js';
import type { LiveSources } from './graphql/live.resolver.js';
import { GRAPHQL_PATH, SubscriptionHandler } from './graphql/subscription.handler.js';
import { grantFor, isOwnPage, liveGrant, tokenIn } from './live/live-door.js';
import { LIVE_PATH, LiveHandler } from './live/live.handler.js';
import type { ReadSideMetrics } from './operations/read-side-metrics.js';
import { ProblemAnswers, answerProblem, problemOf, sendProblem } from './problem-answers.js';
import { RequestProblem } from './problem.js';
import { openApiDocument } from './rest/openapi-document.js';
import { takeSignals } from './signals/signal-door.js';
import { routeUpgrades } from './upgrades.js';
import { refuseIgnoredConditions } from './write-conditions.js';

const BODY_BYTES_MAX = 1_048_576;

/** Room for ten thousand stops. */
const BATCH_BYTES_MAX = 16 * BODY_BYTES_MAX;
const BATCHES: ReadonlySet<string> = new Set(['/api/v1/stops/batch']);

/** A client that sends so slowly is no trader: it only holds a connection. */
const SLOW_CLIENT_MS = 10_000;

export interface HttpOptions extends DoorOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: ReadSideMetrics;
  readonly market: MarketGateway;
  readonly live: LiveSources;
  /** Within this time a request must have come whole; default 10 s. */
  readonly slowClientMs?: number;
  /** Told of every fault of ours that a request ran into. */
  readonly onBug: (error: unknown) => void;
}

/** Nest sets its error handler when the routes stand, which is too late for bodies that cannot be read: ours stays. */
class ProblemAdapter extends FastifyAdapter {
  override setErrorHandler() {
    return this.getInstance();
  }
}

/** Starts HTTP over the module. Returns the application and the port that it really listens on. */
export async function listen(
  module: DynamicModule,
  options: HttpOptions,
): Promise<{ app: NestFastifyApplication; port: number }> {
  const slowClientMs = options.slowClientMs ?? SLOW_CLIENT_MS;
  const adapter = new ProblemAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: slowClientMs,
    http: {
      headersTimeout: slowClientMs,
      requestTimeout: slowClientMs,
      connectionsCheckingInterval: slowClientMs / 4,
    },
    forceCloseConnections: true,
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(problemOf(error), reply),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    // Fastify's own JSON parser stays. Nest would add form bodies, which any web page may send without asking.
    bodyParser: false,
    abortOnError: false,
  });
  const live = new LiveHandler(options.market, options.live);
  const subscriptions = new SubscriptionHandler({
    schema: () => app.get(GraphQLSchemaHost).schema,
    doorFor: (request) =>
      isForUs(options.host, request) && isOwnPage(request) ? undefined : '403 Forbidden',
    judge: (request, token) => grantFor(tokenIn(request) ?? token, options.tokens),
  });
  adapter.getInstance<FastifyInstance>().addHook('preClose', (done) => {
    live.close();
    subscriptions.close();
    options.live.prices.close();
    void options.live.decisions.close().then(() => done());
  });
  try {
    harden(adapter.getInstance<FastifyInstance>(), options);
    app.useGlobalFilters(new ProblemAnswers(options.onBug));
    serveDocuments(app);
    serveGraphiql(adapter.getInstance<FastifyInstance>());
    routeUpgrades(app.getHttpServer(), {
      [LIVE_PATH]: live.upgrade((request) =>
        isForUs(options.host, request) ? liveGrant(request, options.tokens) : '403 Forbidden',
      ),
      [GRAPHQL_PATH]: subscriptions.upgrade(),
    });
    await app.listen(options.port, options.host);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  const address = app.getHttpServer().address();
  return { app, port: typeof address === 'object' && address ? address.port : options.port };
}

function harden(server: FastifyInstance, options: HttpOptions): void {
  const { host, metrics, onBug } = options;
  server.removeContentTypeParser('text/plain');
  server.addHook('onRoute', (route) => {
    if (BATCHES.has(route.url)) route.bodyLimit = BATCH_BYTES_MAX;
  });
  server.setErrorHandler((error, _request, reply) => void answerProblem(error, reply, onBug));
  const isLocal = LOCAL_NAMES.has(host);
  server.addHook('onRequest', (request, reply, done) => {
    if (isLocal && !LOCAL_NAMES.has(request.hostname))
      void sendProblem(strangeHost(request), reply);
    else done();
  });
  tagAnswers(server);
  takeSignals(server);
  keepDoor(server, options);
  refuseIgnoredConditions(server);
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.observe(route, request.method, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
}

const LOCAL_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

function isForUs(host: string, { headers }: IncomingMessage): boolean {
  const asked = (headers.host ?? '').replace(/:\d+$/, '');
  return !LOCAL_NAMES.has(host) || LOCAL_NAMES.has(asked);
}

/** A web page whose own name was pointed at this machine sends that name: it must not reach a local server. */
function strangeHost(request: FastifyRequest): RequestProblem {
  return new RequestProblem({
    status: 403,
    problems: [
      {
        code: 'HOST_NOT_ALLOWED',
        field: 'Host',
        rule: 'must be a name of this machine, since the server listens on it alone',
        value: request.hostname.slice(0, 100),
      },
    ],
  });
}

function serveDocuments(app: NestFastifyApplication): void {
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api/docs-json',
    yamlDocumentUrl: 'api/docs-yaml',
  });
}
