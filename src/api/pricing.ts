import type { EngineView, LastPrice } from '../application/ports/engine-gateway.port.js';
import { tradeFlow } from '../domain/kernel/contract.js';
import { add, decimal, formatDecimal, isZero, negate, subtract } from '../domain/kernel/decimal.js';
import type { PnlLine } from '../../projections/row-by-list.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { openFlow, openQuantity } from '../domain/pnl/cost-book.js';

/** A line of the P&L as it is shown: the account's cost basis applied, what is held valued at the last price. */
export interface PricedPnl extends Omit<PnlLine, 'holding'> {
  readonly gross: DecimalText;
  readonly net: DecimalText;
  readonly unrealised: DecimalText | null;
  readonly lastPrice: DecimalText | null;
}

const NOTHING = '0' as DecimalText;

/** Values what is held at the prices that the engine has now. They are never stored: a tick writes nothing. */
export function priced({ holding, ...line }: PnlLine, view: EngineView | undefined): PricedPnl {
  const gross = line.costBasis === 'fifo' ? line.realisedFifo : line.realisedAverage;
  const paid = subtract(decimal(gross), decimal(line.fees));
  const net = add(add(paid, decimal(line.funding)), decimal(line.dividends));
  const isFlat = !holding || isZero(openQuantity(holding[line.costBasis]));
  const last =
    line.instrumentId === null || isFlat ? undefined : view?.lastPrices[line.instrumentId];
  return {
    ...line,
    gross,
    net: formatDecimal(net),
    unrealised: isFlat ? NOTHING : last ? unrealised(holding, line.costBasis, last) : null,
    lastPrice: last?.price ?? null,
  };
}

/** What closing everything would bring, on top of what opening it brought: at the last print, or at the side of the quote that it would leave at. */
function unrealised(
  holding: NonNullable<PnlLine['holding']>,
  basis: PnlLine['costBasis'],
  last: LastPrice,
): DecimalText {
  const book = holding[basis];
  const held = openQuantity(book);
  const isShort = held.units < 0n;
  const closing = tradeFlow(holding.contract ?? undefined, isShort ? 'buy' : 'sell', {
    quantity: isShort ? negate(held) : held,
    price: decimal((isShort ? last.ask : last.bid) ?? last.price),
  });
  return formatDecimal(add(openFlow(book), closing));
}
