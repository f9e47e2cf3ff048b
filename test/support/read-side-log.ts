import {
  aTrack,
  aTradeFromArmToFlat,
  accountOpened,
  d,
  instrumentDefined,
  positionOpened,
  recordedLog,
  stopArmed,
  stopCancelled,
  stopTrailed,
} from './event-builders.js';

/** As an Indian exchange has them. */
export const MARKET_RULES = {
  priceBands: [{ from: d('250'), tick: d('0.05') }],
  sessionEnd: '15:20+05:30',
  tradingHours: {
    ...{ opens: '09:15+05:30', closes: '15:30+05:30' },
    ...{ days: [1, 2, 3, 4, 5], holidays: ['2026-01-26'] },
  },
};
const ELSEWHERE = { accountId: 'other', instrumentId: 'BINANCE:ETHUSDT' };
const HALF_COVERED = { ...ELSEWHERE, positionId: 'PA' };

export const READ_SIDE_FACTS = [
  instrumentDefined(),
  instrumentDefined({ instrumentId: 'BINANCE:ETHUSDT', symbol: 'ETHUSDT', ...MARKET_RULES }),
  accountOpened(),
  accountOpened({ accountId: 'other', mode: 'shadow' }),
  ...aTradeFromArmToFlat(1),
  ...aTradeFromArmToFlat(2),
  positionOpened({ positionId: 'P9' }),
  stopArmed({ positionId: 'P9', stopId: 'S9' }),
  stopTrailed({ positionId: 'P9', stopId: 'S9' }),
  positionOpened({ ...HALF_COVERED, side: 'short' }),
  stopArmed({ ...HALF_COVERED, side: 'short', stopId: 'SA', quantity: d('4.5') }),
  stopArmed({ ...HALF_COVERED, side: 'short', stopId: 'SB' }),
  stopCancelled({ ...HALF_COVERED, stopId: 'SB' }),
];
const LATER = [
  stopTrailed({ positionId: 'P9', stopId: 'S9', moves: 1, track: aTrack('81.83', '83.5', 3) }),
];

const ALL = recordedLog([...READ_SIDE_FACTS, ...LATER]);

/** Two trades that ended, one position that is covered, one of another account that is covered by less than half. */
export const READ_SIDE_LOG = ALL.slice(0, READ_SIDE_FACTS.length);
/** What follows it: the stop S9 trails once more. */
export const READ_SIDE_SEQUEL = ALL.slice(READ_SIDE_FACTS.length);
export const READ_SIDE_END = READ_SIDE_LOG.at(-1)!.position.toString();
