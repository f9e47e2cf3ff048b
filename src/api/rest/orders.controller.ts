import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { positionIdOf } from '../../domain/kernel/derived-id.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { OrderView } from '../nouns/order-view.js';
import { notFound } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { ulid } from '../ulid.js';
import { answerList } from './list-answers.js';
import { ApiCreation, ApiList, ApiOne, ApiTransition } from './openapi.js';
import { printable, readOne, shownOne } from './reading.js';
import { orderBody } from './request-bodies.parse.js';
import { parseRequest } from './request-problems.parse.js';
import { isPossibleId, oneQuery, ordersQuery } from './request-queries.parse.js';
import { changed, created } from './written-answers.js';

@ApiTags('orders')
@Controller('api/v1/orders')
export class OrdersController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
  ) {}

  @Post()
  @ApiCreation(orderBody)
  async place(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const wanted = parseRequest(orderBody, body);
    const head = commandHead(key);
    const outcome = accepted(
      await this.commands.execute(
        new AskEngine({ kind: 'PlaceOrder', ...head, orderId: ulid(), ...wanted }),
      ),
    );
    return {
      orderId: outcome.id,
      positionId: wanted.positionId ?? positionIdOf(outcome.id),
      accountId: wanted.accountId,
      instrumentId: wanted.instrumentId,
      status: 'placed',
      ...created(reply, 'orders', outcome),
    };
  }

  @Delete(':orderId')
  @ApiTransition()
  async cancel(
    @Param('orderId') orderId: string,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!isPossibleId(orderId)) throw notFound('order', 'orderId', printable(orderId));
    const head = commandHead(key);
    const outcome = accepted(
      await this.commands.execute(new AskEngine({ kind: 'CancelOrder', ...head, orderId })),
    );
    return { orderId: outcome.id, status: 'cancel-requested', ...changed(reply, outcome) };
  }

  @Get()
  @ApiList(OrderView, ordersQuery)
  list(@Query() query: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const asked = { list: 'orders', schema: ordersQuery, view: OrderView, query } as const;
    return answerList({ reads: this.reads, reply }, asked);
  }

  @Get(':orderId')
  @ApiOne(OrderView, oneQuery)
  async one(@Param('orderId') id: string, @Query() query: unknown) {
    const row = await readOne(
      this.reads,
      { noun: 'order', field: 'orderId', id, query },
      (orderId) => this.reads.order(orderId),
    );
    return shownOne(OrderView, query, row);
  }
}
