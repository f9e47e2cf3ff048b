import { refusalByWords } from '../../domain/order/refusal.js';
import type { RefusalKind } from '../../domain/order/refusal.js';

// developers.binance.com: errors of spot and of USDⓈ-M futures. Codes that are not here say nothing of the next try.
const BY_CODE: Readonly<Record<number, RefusalKind>> = {
  [-1008]: 'passing', // overloaded: not executed
  [-1015]: 'passing', // too many new orders
  [-1016]: 'halted', // the service is shutting down
  [-1111]: 'final', // precision
  [-1116]: 'final', // order type
  [-1121]: 'final', // symbol
  [-2014]: 'final',
  [-2015]: 'final', // key, address or rights
  [-2018]: 'insufficient',
  [-2019]: 'insufficient',
  [-2021]: 'final', // would trigger at once
  [-2022]: 'insufficient', // reduce-only
  [-4003]: 'final',
  [-4005]: 'final', // larger than the largest
  [-4016]: 'price-band',
  [-4024]: 'price-band',
  [-4061]: 'final', // position side
  [-4108]: 'halted', // delivering, settling, closed, pre-trading
  [-4118]: 'insufficient',
  [-4131]: 'price-band', // the best price of the other side is outside of the band
  [-4140]: 'halted', // status of the symbol
  [-4141]: 'halted', // the symbol is closed
  [-4164]: 'final', // notional
  [-5021]: 'final',
  [-5022]: 'final',
};

// -1013 and -2010 stand for many things: what it is only the words say.
const BY_WORDS: readonly (readonly [RegExp, RefusalKind])[] = [
  [/market is closed|symbol is (closed|not trading)|trading (is )?(halted|disabled)/i, 'halted'],
  [/PERCENT_PRICE|price.*(multiplier|band)/i, 'price-band'],
  [/insufficient|reduce.?only/i, 'insufficient'],
  [/too many/i, 'passing'],
  [
    /^Filter failure|not supported|not permitted|not enabled|disabled|immediately|invalid|relationship of the prices/i,
    'final',
  ],
];

export function binanceRefusal(code: number, message: string): RefusalKind {
  return BY_CODE[code] ?? refusalByWords(message, BY_WORDS);
}
