import { ObjectType } from '@nestjs/graphql';
import type { FillEntry, OrderRow } from '../../../projections/orders/orders.projection.js';
import { AsOfField, CountField, FlagField, ListField, TextField } from './fields.js';

@ObjectType('Fill')
export class FillView implements FillEntry {
  @TextField()
  readonly venueTradeId!: FillEntry['venueTradeId'];
  @TextField()
  readonly quantity!: FillEntry['quantity'];
  @TextField()
  readonly price!: FillEntry['price'];
  @TextField()
  readonly feeAmount!: FillEntry['feeAmount'];
  @TextField()
  readonly feeCurrency!: FillEntry['feeCurrency'];
  @TextField()
  readonly liquidity!: FillEntry['liquidity'];
  @TextField()
  readonly filledAt!: FillEntry['filledAt'];
}

@ObjectType('Order')
export class OrderView implements OrderRow {
  @TextField()
  readonly orderId!: OrderRow['orderId'];
  @TextField({ nullable: true })
  readonly stopId!: OrderRow['stopId'];
  @TextField()
  readonly accountId!: OrderRow['accountId'];
  @TextField()
  readonly instrumentId!: OrderRow['instrumentId'];
  @TextField()
  readonly positionId!: OrderRow['positionId'];
  @TextField()
  readonly mode!: OrderRow['mode'];
  @TextField()
  readonly side!: OrderRow['side'];
  @TextField()
  readonly type!: OrderRow['type'];
  @TextField({ nullable: true })
  readonly limitPrice!: OrderRow['limitPrice'];
  @TextField({ nullable: true })
  readonly stopPrice!: OrderRow['stopPrice'];
  @TextField({ nullable: true })
  readonly targetPrice!: OrderRow['targetPrice'];
  @TextField({ nullable: true })
  readonly timeInForce!: OrderRow['timeInForce'];
  @FlagField()
  readonly reduceOnly!: OrderRow['reduceOnly'];
  @CountField({ nullable: true })
  readonly ordinal!: OrderRow['ordinal'];
  @CountField({ nullable: true })
  readonly attempt!: OrderRow['attempt'];
  @TextField()
  readonly status!: OrderRow['status'];
  @TextField()
  readonly quantity!: OrderRow['quantity'];
  @TextField()
  readonly filledQuantity!: OrderRow['filledQuantity'];
  @TextField()
  readonly remainingQuantity!: OrderRow['remainingQuantity'];
  @TextField()
  readonly filledValue!: OrderRow['filledValue'];
  @TextField({ nullable: true })
  readonly lastFillPrice!: OrderRow['lastFillPrice'];
  @ListField(() => FillView)
  readonly fills!: OrderRow['fills'];
  @CountField()
  readonly disputedFills!: OrderRow['disputedFills'];
  @TextField({ nullable: true })
  readonly venueOrderId!: OrderRow['venueOrderId'];
  @TextField({ nullable: true })
  readonly reason!: OrderRow['reason'];
  @CountField()
  readonly revision!: OrderRow['revision'];
  @TextField()
  readonly placedAt!: OrderRow['placedAt'];
  @TextField({ nullable: true })
  readonly ackedAt!: OrderRow['ackedAt'];
  @TextField({ nullable: true })
  readonly endedAt!: OrderRow['endedAt'];
  @TextField()
  readonly updatedAt!: OrderRow['updatedAt'];
  @AsOfField()
  readonly asOfPosition!: string;
}
