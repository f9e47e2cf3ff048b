import type { RefusalKind } from '../../domain/order/refusal.js';

// Return codes of the trade server, and MetaApi's own below 0.

const TAKEN = new Set([0, 10_008, 10_009, 10_010, 10_025]);

/**
 * By these the server says that it did nothing. All others leave it open: an error of the server (10011), a timeout (10012),
 * a lost connection (10031, -11), a request that is locked or changed (10023, 10028), too many of them (10024).
 */
const NOTHING_LIVE = new Set([
  -10, 10_004, 10_006, 10_007, 10_013, 10_014, 10_015, 10_016, 10_017, 10_018, 10_019, 10_020,
  10_021, 10_022, 10_026, 10_027, 10_029, 10_030, 10_032, 10_033, 10_034, 10_035, 10_036, 10_038,
  10_039, 10_040, 10_041, 10_042, 10_043, 10_044, 10_045, 10_046,
]);

export function meansTaken(code: number): boolean {
  return TAKEN.has(code);
}

export function meansNothingLive(code: number): boolean {
  return NOTHING_LIVE.has(code);
}

// What the codes of NOTHING_LIVE mean for the next try; those that are not here leave it open.
const REFUSALS: Readonly<Record<number, RefusalKind>> = {
  10_004: 'passing', // requote
  10_013: 'final', // invalid request
  10_014: 'final', // volume
  10_015: 'final', // price
  10_016: 'final', // stops
  10_017: 'halted', // trading is disabled
  10_018: 'halted', // the market is closed
  10_019: 'insufficient', // money
  10_020: 'passing', // prices have changed
  10_021: 'halted', // no quotes
  10_022: 'final', // expiration
  10_026: 'halted', // disabled by the server
  10_027: 'halted', // disabled by the terminal
  10_029: 'passing', // frozen: it is being worked on
  10_030: 'final', // filling
  10_032: 'final', // live accounts alone
  10_033: 'final', // pending orders
  10_034: 'final', // volume of orders
  10_035: 'final', // order type
  10_036: 'insufficient', // the position is closed
  10_038: 'insufficient', // more than the position
  10_039: 'passing', // it is being closed
  10_040: 'final', // positions
  10_042: 'final', // long alone
  10_043: 'final', // short alone
  10_044: 'final', // closing alone
  10_045: 'final', // the oldest first
};

export function refusalOf(code: number): RefusalKind {
  return REFUSALS[code] ?? 'unclassified';
}
