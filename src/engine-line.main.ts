import { setTimeout as pause } from 'node:timers/promises';
import { JournalLine } from './application/journal-line.js';
import { LeftToVenue } from './application/left-to-venue.js';
import type { LeftToVenueOptions } from './application/left-to-venue.js';
import type { Journal } from './application/ports/journal.port.js';
import type { Config } from './config/config-shape.js';
import type { EngineAlarms } from './engine-alarms.main.js';
import type { EngineSpool } from './engine-spool.main.js';

const VENUE_STOP_AFTER_MS = 10_000;

export interface LineParts extends Pick<LeftToVenueOptions, 'registry' | 'isTakenBack'> {
  readonly config: Pick<Config, 'accounts'>;
  readonly journal: Journal;
  readonly spool: EngineSpool;
  readonly alarms: EngineAlarms;
  readonly onFatal: (reason: string) => void;
}

/** Wires the way of decisions into the log, and what accounts with `onLogLoss: venueStop` ask for while it is lost. */
export function openLine(parts: LineParts): { line: JournalLine; left: LeftToVenue } {
  const { journal, spool, alarms, onFatal } = parts;
  const left = openLeft(parts, () => line.release());
  const line = new JournalLine({
    journal,
    spooling: spool.terms(left),
    pause: (ms) => pause(ms),
    onConflict: ({ streamId, found }) =>
      onFatal(`another writer is at work: stream ${streamId} holds ${found}`),
    onReach: (reach, reason) => {
      alarms.onReach(reach, reason);
      left.onReach(reach);
    },
  });
  return { line, left };
}

function openLeft(
  { config, alarms, registry, isTakenBack }: LineParts,
  release: () => void,
): LeftToVenue {
  const leaving = config.accounts.filter(({ onLogLoss }) => onLogLoss === 'venueStop');
  const { desk } = alarms;
  return new LeftToVenue({
    ...{ registry, isTakenBack },
    afterMs: new Map(
      leaving.map(({ id, venueStopAfterMs = VENUE_STOP_AFTER_MS }) => [id, venueStopAfterMs]),
    ),
    monotonicMs: () => performance.now(),
    onLeft: (stopId, restingId) => {
      const text = `stop ${stopId} has fired and waits for the log: ${restingId} at the venue guards it`;
      desk.raise('EXIT_LEFT_TO_VENUE', stopId, text);
    },
    onOver: (stopId, why) => {
      const reason = why === 'log-is-back' ? 'the log is back' : 'nothing rests at the venue now';
      desk.clear('EXIT_LEFT_TO_VENUE', stopId, `the exit of ${stopId} leaves: ${reason}`);
      release();
    },
  });
}
