import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import { LeftToVenue } from './application/left-to-venue.js';
import type { LeftToVenueOptions } from './application/left-to-venue.js';
import type { Config } from './config/config-shape.js';

const AFTER_MS = 10_000;

/** Wires what accounts with `onLogLoss: venueStop` ask for. */
export function makeLeftToVenue(
  { accounts }: Pick<Config, 'accounts'>,
  alarms: Pick<AlarmDesk, 'raise' | 'clear'>,
  engine: Pick<LeftToVenueOptions, 'registry' | 'isTakenBack'> & { readonly release: () => void },
): LeftToVenue {
  const left = accounts.filter(({ onLogLoss }) => onLogLoss === 'venueStop');
  return new LeftToVenue({
    ...engine,
    afterMs: new Map(left.map(({ id, venueStopAfterMs = AFTER_MS }) => [id, venueStopAfterMs])),
    monotonicMs: () => performance.now(),
    onLeft: (stopId, restingId) => {
      const text = `stop ${stopId} has fired and waits for the log: ${restingId} at the venue guards it`;
      alarms.raise('EXIT_LEFT_TO_VENUE', stopId, text);
    },
    onOver: (stopId, why) => {
      const reason = why === 'log-is-back' ? 'the log is back' : 'nothing rests at the venue now';
      alarms.clear('EXIT_LEFT_TO_VENUE', stopId, `the exit of ${stopId} leaves: ${reason}`);
      engine.release();
    },
  });
}
