import type { UnixMs } from '../kernel/units.js';

/** When the venue trades an instrument: local times with the venue's distance from UTC, `09:15+05:30`. */
export interface TradingHours {
  readonly opens: string;
  /** Not after `opens`: on the next day. */
  readonly closes: string;
  /** ISO weekdays, 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  /** Local dates without trading, `2026-01-26`. */
  readonly holidays: readonly string[];
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
// Longer than any venue is closed.
const DAYS_MAX = 30;
// 1 January 1970 was a Thursday.
const EPOCH_WEEKDAY = 4;

interface LocalTime {
  readonly minutes: number;
  readonly zoneMinutes: number;
}

function localTime(text: string): LocalTime | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, hours = '', minutes = '', zone = ''] = match;
  const distance = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return {
    minutes: Number(hours) * 60 + Number(minutes),
    zoneMinutes: zone.startsWith('-') ? -distance : distance,
  };
}

/** Why these are no trading hours; undefined when they are. */
export function faultOf(hours: TradingHours): { field: string; rule: string } | undefined {
  const { opens, closes, days, holidays } = hours;
  const rule = "must be local time with the venue's distance from UTC such as 09:15+05:30";
  const [opening, closing] = [localTime(opens), localTime(closes)];
  if (!opening) return { field: 'opens', rule };
  if (!closing) return { field: 'closes', rule };
  if (opening.zoneMinutes !== closing.zoneMinutes) {
    return { field: 'closes', rule: 'must have the distance from UTC that opens has' };
  }
  if (days.length === 0 || days.some((day) => !Number.isInteger(day) || day < 1 || day > 7)) {
    return { field: 'days', rule: 'must be weekdays from 1 (Monday) to 7 (Sunday)' };
  }
  const isDate = (date: string) => DATE.test(date) && !Number.isNaN(Date.parse(date));
  if (!holidays.every(isDate)) {
    return { field: 'holidays', rule: 'must be dates such as 2026-01-26' };
  }
  return undefined;
}

/** The time itself while the venue trades, else when it opens next; undefined when that is not within a month. */
export function tradesFrom(hours: TradingHours, atMs: UnixMs): UnixMs | undefined {
  const [opening, closing] = [localTime(hours.opens), localTime(hours.closes)];
  if (!opening || !closing) throw new Error('Invariant: trading hours were checked');
  const zoneMs = opening.zoneMinutes * MINUTE_MS;
  const today = Math.floor((atMs + zoneMs) / DAY_MS);
  const lasts = (closing.minutes - opening.minutes + 1_440) % 1_440 || 1_440;
  // From yesterday on: its session may go on after midnight.
  for (let day = today - 1; day <= today + DAYS_MAX; day += 1) {
    const weekday = ((day + EPOCH_WEEKDAY - 1) % 7) + 1;
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    if (!hours.days.includes(weekday) || hours.holidays.includes(date)) continue;
    const opensMs = day * DAY_MS + opening.minutes * MINUTE_MS - zoneMs;
    if (atMs < opensMs + lasts * MINUTE_MS) return Math.max(atMs, opensMs);
  }
  return undefined;
}
