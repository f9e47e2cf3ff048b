import type { UnixMs } from '../kernel/units.js';

const FORM = /^([01]\d|2[0-3]):([0-5]\d)(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Minutes from UTC midnight at which a session ends, `15:30+05:30` → 600; undefined for anything else. */
export function parseSessionEnd(text: string): number | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, hours = '', minutes = '', zone = ''] = match;
  const local = Number(hours) * 60 + Number(minutes);
  if (zone === 'Z') return local;
  const distance = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return local - (zone.startsWith('-') ? -distance : distance);
}

/** The first end of a session that is after the time. */
export function nextSessionEndMs(text: string, afterMs: UnixMs): UnixMs {
  const minutes = parseSessionEnd(text);
  if (minutes === undefined) throw new Error(`Invariant: a checked session end, found ${text}`);
  const offset = minutes * MINUTE_MS;
  const days = Math.floor((afterMs - offset) / DAY_MS) + 1;
  return days * DAY_MS + offset;
}
