import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EngineGateway } from '../../application/ports/engine-gateway.port.js';
import type { ProjectorStatusSource, ReadModels } from '../read-models.port.js';
import { requireAllAccounts } from '../access/caller.js';
import { ENGINE_PROBE, METRICS, PROJECTOR_STATUS, READ_MODELS } from '../tokens.js';
import { ApiText } from '../rest/openapi.js';
import type { ReadSideMetrics } from './read-side-metrics.js';

const HEALTH = {
  'application/json': {
    schema: {
      type: 'object',
      required: ['status'] as string[],
      properties: { status: { type: 'string' } },
      additionalProperties: true,
    },
  },
};

/** The engine as a health check sees it, which has no caller to be judged by. */
type EngineProbe = Pick<EngineGateway, 'view'>;

@ApiTags('operations')
@Controller()
export class OperationsController {
  constructor(
    @Inject(READ_MODELS) private readonly reads: ReadModels,
    @Inject(ENGINE_PROBE) private readonly engine: EngineProbe,
    @Inject(PROJECTOR_STATUS)
    private readonly projector: { readonly source: ProjectorStatusSource },
    @Inject(METRICS) private readonly metrics: ReadSideMetrics,
  ) {}

  @Get('health/live')
  @ApiResponse({ status: 200, description: 'The process lives.', content: HEALTH })
  live() {
    return { status: 'up' };
  }

  /** Ready = this process can answer and take commands. A projector that lags still answers, and says how far it is. */
  @Get('health/ready')
  @ApiResponse({ status: 200, description: 'Ready.', content: HEALTH })
  @ApiResponse({ status: 503, description: 'Not ready, and why.', content: HEALTH })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const [position, view] = await Promise.all([
      this.reads.lowestPosition().catch(() => undefined),
      this.engine.view().catch(() => undefined),
    ]);
    const projector = this.projector.source?.();
    const checks = {
      postgres: position === undefined ? 'down' : 'up',
      engine: view === undefined ? 'down' : 'up',
      projector: projector === undefined ? 'elsewhere' : projector.caughtUp ? 'up' : 'behind',
    };
    const isReady = position !== undefined && view !== undefined && projector?.caughtUp !== false;
    void reply.code(isReady ? 200 : 503);
    return {
      status: isReady ? 'ready' : 'not-ready',
      checks,
      asOfPosition: position?.toString() ?? null,
      journal: view?.journal ?? null,
      trouble: projector?.trouble ?? null,
      parked: projector?.parked ?? null,
      models: projector?.models ?? null,
    };
  }

  @Get('metrics')
  @ApiText('Figures in the format of Prometheus.')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    requireAllAccounts();
    return this.metrics.text();
  }
}
