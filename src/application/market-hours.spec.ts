import { closedUntil } from './market-hours.js';

const tradingHours = {
  opens: '09:15+05:30',
  closes: '15:30+05:30',
  days: [1, 2, 3, 4, 5],
  holidays: [],
};
const nse = { definition: { tradingHours } } as never;
const SATURDAY = Date.parse('2025-06-21T06:00:00Z');
const MONDAY = Date.parse('2025-06-23T03:45:00Z');

describe('whether an instrument trades', () => {
  it('follows its calendar while it shows nothing', () => {
    expect(closedUntil(nse, undefined, SATURDAY)).toBe(MONDAY);
    expect(closedUntil(nse, { receivedAtMs: SATURDAY - 60_000 }, SATURDAY)).toBe(MONDAY);
    expect(closedUntil(nse, undefined, MONDAY)).toBeUndefined();
  });

  it('is seen by its prints in a session that no calendar knows of', () => {
    expect(closedUntil(nse, { receivedAtMs: SATURDAY - 59_999 }, SATURDAY)).toBeUndefined();
  });

  it('is not doubted where nobody has said when it does', () => {
    expect(closedUntil(undefined, undefined, SATURDAY)).toBeUndefined();
    expect(closedUntil({ definition: {} } as never, undefined, SATURDAY)).toBeUndefined();
  });
});
