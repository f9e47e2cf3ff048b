import { canonical, decimal, isZero, parseDecimal } from '../../domain/kernel/decimal.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import type { ReportedFill } from '../../domain/order/order-state.js';
import type { VenueOrderStatus } from '../../application/ports/broker.port.js';
import { fieldsOf, listIn, statusOf, text } from './binance.parse.js';
import type { Fields } from './binance.parse.js';

/** What the stream of an account says about one order. */
export type AccountEvent =
  | {
      readonly kind: 'order';
      readonly clientOrderId: string;
      readonly venueOrderId: string;
      readonly status: VenueOrderStatus;
      readonly fill: ReportedFill | undefined;
      readonly hasFilled: boolean;
      /** It is a leg of an order list: what ended may be the leg alone. */
      readonly isListed: boolean;
      readonly said: string;
    }
  /** A conditional order; once triggered, its trades are those of `actualOrderId`. */
  | {
      readonly kind: 'algo';
      readonly clientOrderId: string;
      readonly actualOrderId: string | undefined;
      readonly status: VenueOrderStatus;
      readonly said: string;
    }
  /** The stream ends by itself: a new one has to be asked for. */
  | { readonly kind: 'ends' };

const ENDS = new Set(['listenKeyExpired', 'eventStreamTerminated', 'serverShutdown']);

/** Undefined: nothing about an order, or nothing that can be read. What is missed here the look-ups find. */
export function accountEventIn(message: unknown): AccountEvent | undefined {
  const outer = fieldsOf(message);
  // The WebSocket API wraps it, futures may name the stream around it.
  const event = fieldsOf(outer?.['event']) ?? fieldsOf(outer?.['data']) ?? outer;
  const type = text(event?.['e']) ?? '';
  if (ENDS.has(type)) return { kind: 'ends' };
  if (type === 'executionReport' && event) return orderEvent(event, text(event['C']));
  const order = fieldsOf(event?.['o']);
  if (type === 'ORDER_TRADE_UPDATE' && order) return orderEvent(order, undefined);
  if (type === 'ALGO_UPDATE' && order) return algoEvent(order);
  return undefined;
}

/** `original`: spot gives a cancellation an id of its own and keeps that of the order apart. */
function orderEvent(row: Fields, original: string | undefined): AccountEvent | undefined {
  const clientOrderId = original ?? text(row['c']);
  const venueOrderId = text(row['i']);
  const word = text(row['X']);
  if (!clientOrderId || !venueOrderId || !word) return undefined;
  const filled = number(row['z']);
  const reason = text(row['r']);
  return {
    kind: 'order',
    clientOrderId,
    venueOrderId,
    status: statusOf(word),
    fill: row['x'] === 'TRADE' ? fillIn(row) : undefined,
    isListed: listIn(row['g']) !== undefined,
    hasFilled: filled !== undefined && !isZero(decimal(filled)),
    said: reason === undefined || reason === 'NONE' ? word : `${word}: ${reason}`,
  };
}

function fillIn(row: Fields): ReportedFill | undefined {
  const [venueTradeId, quantity, price] = [text(row['t']), number(row['l']), number(row['L'])];
  const filledAtMs = Number(text(row['T']) ?? NaN);
  if (!venueTradeId || !quantity || !price || !Number.isInteger(filledAtMs)) return undefined;
  return {
    venueTradeId,
    quantity,
    price,
    feeAmount: number(row['n']) ?? ('0' as DecimalText),
    feeCurrency: text(row['N']) ?? '',
    liquidity: row['m'] === true ? 'maker' : 'taker',
    filledAtMs,
  };
}

function algoEvent(row: Fields): AccountEvent | undefined {
  const [clientOrderId, word] = [text(row['caid']), text(row['X'])];
  if (!clientOrderId || !word) return undefined;
  const actual = text(row['ai']);
  const reason = text(row['rm']);
  return {
    kind: 'algo',
    clientOrderId,
    actualOrderId: actual === '0' ? undefined : actual,
    // Finished: what the order in the matching engine came to is told of that order.
    status: word === 'FINISHED' ? 'open' : statusOf(word),
    said: reason === undefined ? word : `${word}: ${reason}`,
  };
}

function number(value: unknown): DecimalText | undefined {
  const given = text(value);
  return given !== undefined && parseDecimal(given) ? canonical(given) : undefined;
}
