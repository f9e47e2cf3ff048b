import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import { persistedQueryDefaults } from 'mercurius';
import { answerOf, typeAnswer } from './api/graphql/query-answers.js';
import { refuseUnanswered } from './api/graphql/query-cost.js';
import { EngineCommandHandler } from './api/engine-command.handler.js';
import {
  QUERY_DEPTH_MAX,
  QUERY_TOKENS_MAX,
  fieldsLimited,
  refuseUnparsed,
  rootFieldsLimited,
} from './api/graphql/query-limits.js';
import type { LiveSources } from './api/graphql/live.resolver.js';
import { RESOLVERS } from './api/graphql/schema-text.js';
import { OperationsController } from './api/operations/operations.controller.js';
import { SignalsController } from './api/signals/signals.controller.js';
import type { SignalSource } from './application/ports/signal-source.port.js';
import type { ReadSideMetrics } from './api/operations/read-side-metrics.js';
import type { ProjectorStatusSource, ReadModels } from './api/read-models.port.js';
import { AccountsController } from './api/rest/accounts.controller.js';
import { AlarmsController } from './api/rest/alarms.controller.js';
import { BooksController } from './api/rest/books.controller.js';
import { InstrumentsController } from './api/rest/instruments.controller.js';
import { MarketController } from './api/rest/market.controller.js';
import { OrdersController } from './api/rest/orders.controller.js';
import { TradingController } from './api/rest/trading.controller.js';
import { PnlController } from './api/rest/pnl.controller.js';
import { PositionsController } from './api/rest/positions.controller.js';
import { RecordsController } from './api/rest/records.controller.js';
import { StopArmingController } from './api/rest/stop-arming.controller.js';
import { StopsController } from './api/rest/stops.controller.js';
import {
  ALARM_BOARDS,
  ENGINE_GATEWAY,
  ENGINE_PROBE,
  LIVE_SOURCES,
  METRICS,
  PROJECTOR_STATUS,
  READ_MODELS,
  SIGNAL_SOURCES,
} from './api/tokens.js';
import type { AlarmBoards } from './application/ports/alarm.port.js';
import type { EngineGateway } from './application/ports/engine-gateway.port.js';
import type { MarketGateway } from './application/ports/market-gateway.port.js';

// Queries that are asked for by their hash: what a client sends often, not what it made up once.
const QUERIES_KEPT_MAX = 200;

export interface ReadSideParts {
  readonly engineGateway: EngineGateway & MarketGateway;
  readonly engineProbe: Pick<EngineGateway, 'view'>;
  readonly readModels: ReadModels;
  readonly projectorStatus: ProjectorStatusSource;
  readonly metrics: ReadSideMetrics;
  readonly alarmBoards: AlarmBoards;
  readonly live: LiveSources;
  readonly signals: readonly SignalSource[];
}

/** Joins the API with what it reads from and speaks to. */
export class ReadSideModule {
  static of(parts: ReadSideParts): DynamicModule {
    return {
      module: ReadSideModule,
      imports: [
        CqrsModule.forRoot(),
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          autoSchemaFile: true,
          sortSchema: true,
          graphiql: false,
          queryDepth: QUERY_DEPTH_MAX,
          validationRules: [rootFieldsLimited, fieldsLimited],
          graphql: { parseOptions: { maxLexicalTokens: QUERY_TOKENS_MAX } },
          hooks: {
            preParsing: refuseUnparsed,
            preExecution: refuseUnanswered,
            onResolution: typeAnswer,
          },
          persistedQueryProvider: persistedQueryDefaults.automatic(QUERIES_KEPT_MAX),
          errorFormatter: answerOf,
        }),
      ],
      controllers: [
        StopsController,
        StopArmingController,
        OrdersController,
        TradingController,
        PositionsController,
        RecordsController,
        InstrumentsController,
        MarketController,
        AccountsController,
        BooksController,
        PnlController,
        OperationsController,
        AlarmsController,
        SignalsController,
      ],
      providers: [
        EngineCommandHandler,
        ...RESOLVERS,
        { provide: ENGINE_GATEWAY, useValue: parts.engineGateway },
        { provide: ENGINE_PROBE, useValue: parts.engineProbe },
        { provide: READ_MODELS, useValue: parts.readModels },
        { provide: PROJECTOR_STATUS, useValue: { source: parts.projectorStatus } },
        { provide: ALARM_BOARDS, useValue: parts.alarmBoards },
        { provide: LIVE_SOURCES, useValue: parts.live },
        { provide: SIGNAL_SOURCES, useValue: parts.signals },
        { provide: METRICS, useValue: parts.metrics },
      ],
    };
  }
}
