import type { AccountConfig } from './account-shape.js';

/** Which instruments the venue of an account trades, by the heads of their ids. */
export interface AccountVenue {
  /** What a human calls it. */
  readonly name: string;
  readonly trades: (instrumentId: string) => boolean;
}

/** Undefined: what trades on paper trades anything. */
export function venueOf(account: AccountConfig): AccountVenue | undefined {
  switch (account.broker) {
    case 'binance': {
      const { market } = account.binance;
      return ofHead(`binance market ${market}`, market === 'spot' ? 'BINANCE:' : 'BINANCE_USDM:');
    }
    case 'mt5':
      return ofHead(`mt5 server ${account.mt5.venue}`, `${account.mt5.venue}:`);
    case 'openalgo':
      // Exchanges come and go there: what is known is what belongs to another venue.
      return {
        name: 'an exchange of openalgo',
        trades: (instrumentId) => !/^(BINANCE|MT5\.)/.test(instrumentId),
      };
    case 'paper':
      return undefined;
  }
}

function ofHead(name: string, head: string): AccountVenue {
  return { name: `${name} (${head})`, trades: (instrumentId) => instrumentId.startsWith(head) };
}
