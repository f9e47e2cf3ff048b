import { binanceRefusal } from './binance-refusal.parse.js';

describe('what a refusal of Binance means for the next try', () => {
  it.each([
    [-2010, 'Account has insufficient balance for requested action.', 'insufficient'],
    [-2010, 'Market is closed.', 'halted'],
    [-2010, 'Market orders are not supported for this symbol.', 'final'],
    [-2010, 'This symbol is not permitted for this account.', 'final'],
    [-2010, 'Stop price would trigger immediately.', 'final'],
    [-1013, 'Market is closed.', 'halted'],
    [-1013, 'Filter failure: PERCENT_PRICE_BY_SIDE', 'price-band'],
    [-1013, 'Filter failure: LOT_SIZE', 'final'],
    [-1015, 'Too many new orders.', 'passing'],
    [-1008, 'Server is currently overloaded with other requests.', 'passing'],
    [-1016, 'This service is no longer available.', 'halted'],
    [-2019, 'Margin is insufficient.', 'insufficient'],
    [-2022, 'ReduceOnly Order is rejected.', 'insufficient'],
    [
      -4131,
      "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
      'price-band',
    ],
    [-4141, 'Symbol is closed.', 'halted'],
    [-9999, 'Something new.', 'unclassified'],
  ])('%i %s: %s', (code, message, meaning) => {
    expect(binanceRefusal(code, message)).toBe(meaning);
  });
});
