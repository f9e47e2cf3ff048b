import { openAlgoRefusal } from './openalgo-refusal.parse.js';

describe('what a refusal through OpenAlgo means for the next try', () => {
  it.each([
    ['Markets are closed right now. Use AMO orders.', 'halted'],
    ['RMS:Rule: Check circuit limit including square off order exceeds', 'price-band'],
    ['Price is beyond the LPP range', 'price-band'],
    ['Adapter is Logged Off', 'halted'],
    ['Symbol is suspended for trading', 'halted'],
    ['Insufficient funds. Required margin is 1200.00', 'insufficient'],
    ['RMS:Margin Exceeds, Required:1200', 'insufficient'],
    ['Too many requests, try again', 'passing'],
    ['Invalid symbol', 'final'],
    ['Quantity freeze limit exceeded', 'final'],
    ['Kuch aur', 'unclassified'],
  ])('%s: %s', (words, meaning) => {
    expect(openAlgoRefusal(words)).toBe(meaning);
  });
});
