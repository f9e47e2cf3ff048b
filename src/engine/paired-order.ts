import type { AccountOpened } from '../domain/account/account.events.js';

/** Whether the venue of an account lets a stop and a target rest as one order, of which either ends the other. */
export function restsInPairs(
  account: Pick<AccountOpened['data'], 'broker' | 'mode'> | undefined,
  instrumentId: string,
): boolean {
  const isSpot = instrumentId.startsWith('BINANCE:');
  return account?.mode === 'live' && account.broker === 'binance' && isSpot;
}
