import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OrderView } from '../nouns/order-view.js';
import type { ReadModels } from '../read-models.port.js';
import { READ_MODELS } from '../tokens.js';
import { ApiList, ApiOne } from './openapi.js';
import { readOne, readPage } from './reading.js';
import { oneQuery, ordersQuery } from './request-queries.parse.js';

@ApiTags('orders')
@Controller('api/v1/orders')
export class OrdersController {
  constructor(@Inject(READ_MODELS) private readonly reads: ReadModels) {}

  @Get()
  @ApiList(OrderView, ordersQuery)
  list(@Query() query: unknown) {
    return readPage(this.reads, ordersQuery, query, (filters, page) =>
      this.reads.orders(filters, page),
    );
  }

  @Get(':orderId')
  @ApiOne(OrderView, oneQuery)
  one(@Param('orderId') id: string, @Query() query: unknown) {
    return readOne(this.reads, { noun: 'order', field: 'orderId', id, query }, (orderId) =>
      this.reads.order(orderId),
    );
  }
}
