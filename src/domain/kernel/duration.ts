const FORM =
  /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.(\d{1,3}))?S)?)?$/;
const DAY_MS = 86_400_000;

/** Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds; undefined for anything else or nothing. */
export function parseDurationMs(text: string): number | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const parts: readonly (string | undefined)[] = match.slice(1, 5);
  const [days, hours, minutes, seconds] = parts.map((part) => Number(part ?? '0'));
  const thousandths = Number((match[5] ?? '').padEnd(3, '0'));
  const whole =
    (days ?? 0) * DAY_MS +
    (hours ?? 0) * 3_600_000 +
    (minutes ?? 0) * 60_000 +
    (seconds ?? 0) * 1000;
  return whole + thousandths > 0 ? whole + thousandths : undefined;
}

/** Milliseconds of a duration that was checked before. Throws for a bug of ours. */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new Error(`Invariant: a checked duration, found ${text}`);
  return ms;
}
