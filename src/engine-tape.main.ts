import { renameSync } from 'node:fs';
import { TapeCorrupt } from './adapters/tape/tape-segment.js';
import { readTape } from './adapters/tape/tape.reader.js';
import { TapeWriter } from './adapters/tape/tape.writer.js';
import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import type { TapeRecord } from './application/ports/tape.port.js';
import type { Config } from './config/config-shape.js';
import type { InputRef } from './domain/kernel/units.js';
import type { EngineAlarms } from './engine-alarms.main.js';

// A segment is read whole at recovery: small ones keep the memory of that small.
const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;

/** Damage in the tape must not keep the stops unguarded: it is set aside, and the log alone is recovered from. */
export function openTape(dir: string, tape: Config['tape'], alarms: EngineAlarms): TapeWriter {
  const options = { segmentBytesMax: SEGMENT_BYTES_MAX, ...tape, onTrouble: alarms.onTape };
  try {
    return TapeWriter.open(dir, options);
  } catch (error) {
    if (!(error instanceof TapeCorrupt)) throw error;
    const aside = `${dir}-damaged-${Date.now()}`;
    renameSync(dir, aside);
    const text = `${error.message}; set aside as ${aside}: moves since the newest recorded ones are lost`;
    alarms.desk.raise('TAPE_DAMAGED', 'tape', text);
    return TapeWriter.open(dir, options);
  }
}

/** The tape up to its end, or up to damage: what lies behind that is lost, and said so. */
export function* soundTape(
  dir: string,
  { epoch, seq }: InputRef,
  alarms: Pick<AlarmDesk, 'raise'>,
): Generator<TapeRecord> {
  try {
    yield* readTape(dir, { afterEpoch: epoch, afterSeq: seq });
  } catch (error) {
    if (!(error instanceof TapeCorrupt)) throw error;
    alarms.raise('TAPE_DAMAGED', 'tape', `${error.message}; prices behind it are not done again`);
  }
}

/** Whether the tape has an input behind this one; also where that cannot be told. */
export function isTaped(dir: string, { epoch, seq }: InputRef): boolean {
  try {
    return readTape(dir, { afterEpoch: epoch, afterSeq: seq }).next().done !== true;
  } catch {
    return true;
  }
}
