import { faultOf, tradesFrom } from './trading-hours.js';
import type { TradingHours } from './trading-hours.js';

const NSE: TradingHours = {
  opens: '09:15+05:30',
  closes: '15:30+05:30',
  days: [1, 2, 3, 4, 5],
  holidays: ['2025-06-23'],
};
const GOLD: TradingHours = {
  opens: '18:00-05:00',
  closes: '17:00-05:00',
  days: [7, 1, 2, 3, 4],
  holidays: [],
};
const ALWAYS: TradingHours = {
  opens: '00:00Z',
  closes: '00:00Z',
  days: [1, 2, 3, 4, 5, 6, 7],
  holidays: [],
};

describe('trading hours', () => {
  it.each<[string, TradingHours, string, string]>([
    ['before the open', NSE, '2025-06-20T03:44:59.999Z', '2025-06-20T03:45:00.000Z'],
    ['at the open', NSE, '2025-06-20T03:45:00.000Z', '2025-06-20T03:45:00.000Z'],
    ['before the close', NSE, '2025-06-20T09:59:59.999Z', '2025-06-20T09:59:59.999Z'],
    ['over a weekend and a holiday', NSE, '2025-06-20T10:00:00.000Z', '2025-06-24T03:45:00.000Z'],
    [
      'after midnight of the day before',
      GOLD,
      '2025-06-20T05:00:00.000Z',
      '2025-06-20T05:00:00.000Z',
    ],
    ['in the pause of an hour', GOLD, '2025-06-19T22:30:00.000Z', '2025-06-19T23:00:00.000Z'],
    ['over the weekend', GOLD, '2025-06-20T22:00:00.000Z', '2025-06-22T23:00:00.000Z'],
    [
      'of a venue that never closes',
      ALWAYS,
      '2025-06-21T00:00:00.000Z',
      '2025-06-21T00:00:00.000Z',
    ],
  ])('%s', (_, hours, at, trades) => {
    const from = tradesFrom(hours, Date.parse(at));
    expect(from === undefined ? from : new Date(from).toISOString()).toBe(trades);
  });

  it('are not known where nothing opens within a month', () => {
    const holidays = Array.from({ length: 60 }, (_, day) =>
      new Date(Date.UTC(2025, 5, 1 + day)).toISOString().slice(0, 10),
    );
    expect(tradesFrom({ ...NSE, holidays }, Date.parse('2025-06-02T04:00:00Z'))).toBeUndefined();
  });

  it.each<[string | undefined, Partial<TradingHours>]>([
    [undefined, {}],
    ['opens', { opens: '9:15+05:30' }],
    ['closes', { closes: '24:00+05:30' }],
    ['closes', { closes: '15:30Z' }],
    ['days', { days: [] }],
    ['days', { days: [0] }],
    ['holidays', { holidays: ['26.01.2026'] }],
    ['holidays', { holidays: ['2026-13-01'] }],
  ])('are wrong in %s: %j', (field, over) => {
    expect(faultOf({ ...NSE, ...over })?.field).toBe(field);
  });
});
