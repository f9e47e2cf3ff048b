import type { InputRef, UnixMs } from '../domain/kernel/units.js';
import { liveFrom } from './live-track.js';
import type { RecorderState } from './move-recorder.js';
import { armedState, resumeArmed } from './partition-snapshot.js';
import type { ArmedSnapshot, SnapshotRoom } from './partition-snapshot.js';
import type { PositionDump } from './position-table.js';
import type { RegistryRest } from './registry.js';
import type { MarketSnapshot } from './stop-book.js';
import type { StopDump } from './stop-table.js';

/** Form of an image. Another one is not read: the log is. */
export const IMAGE_FORM = 1;

/** What of an image is not in its tables. */
export interface ImageHead {
  readonly form: number;
  readonly rules: string;
  /** The newest input that is in it. */
  readonly input: InputRef;
  readonly at: UnixMs;
  readonly registry: RegistryRest;
  readonly positions: PositionDump['rest'];
  readonly stops: StopDump['rest'];
  readonly markets: readonly MarketSnapshot[];
  readonly numbersUsed: number;
  readonly recorder: RecorderState;
  readonly isolated: readonly string[];
  readonly untrusted: readonly string[];
  /** Armed stops that stand elsewhere than the log says, have moves that no event tells, or times to wait for. */
  readonly armed: readonly ArmedSnapshot[];
}

/** All that a partition knows after an input, as a file keeps it: tables as their bytes, the rest as plain data. */
export interface PartitionImage {
  readonly head: ImageHead;
  readonly positionIds: readonly string[];
  readonly positionRows: Uint8Array;
  readonly stopIds: readonly string[];
  readonly stopRows: Uint8Array;
  readonly planPlaces: Uint32Array;
  /** Row of the stop, its number, and when its newest move was recorded, for each that stands where the log says. */
  readonly armedRows: Float64Array;
}

const ARMED_FIELDS = 3;

export function imageOf(room: SnapshotRoom): PartitionImage {
  const { desk, book, recorder } = room;
  const { registry } = desk;
  const positions = registry.positions.dump();
  const stops = registry.stops.dump();
  const own: ArmedSnapshot[] = [];
  const plain: number[] = [];
  for (const armed of book.all()) {
    const row = registry.stops.rowOf(armed.stopId);
    if (registry.stops.standsAt(row, armed))
      plain.push(row, armed.number, armed.recordedAtMs ?? -Infinity);
    else own.push(armedState(armed, room));
  }
  return {
    head: {
      ...{ form: IMAGE_FORM, rules: desk.rules, input: desk.input, at: desk.at },
      registry: registry.restSnapshot(),
      ...{ positions: positions.rest, stops: stops.rest },
      ...{ markets: book.markets(), numbersUsed: book.numbersUsed, recorder: recorder.state },
      ...{ isolated: [...room.isolated], untrusted: [...room.untrusted], armed: own },
    },
    ...{ positionIds: positions.ids, positionRows: positions.rows },
    ...{ stopIds: stops.ids, stopRows: stops.rows, planPlaces: stops.planPlaces },
    armedRows: Float64Array.from(plain),
  };
}

/** Goes on from an image. Throws for one that other rules or another form have made, and for rows that do not fit. */
export function resumeImage(image: PartitionImage, room: SnapshotRoom): void {
  const { head } = image;
  const { desk, book, recorder } = room;
  const { registry } = desk;
  if (head.form !== IMAGE_FORM) throw new Error(`form must be ${IMAGE_FORM}, was ${head.form}`);
  if (head.rules !== desk.rules) throw new Error(`rules must be ${desk.rules}, was ${head.rules}`);
  desk.begin(head.input, head.at, { actor: 'engine' });
  const { positionIds: ids, positionRows: rows } = image;
  registry.positions.load({ ids, rows, rest: head.positions });
  registry.stops.load(
    { ids: image.stopIds, rows: image.stopRows, planPlaces: image.planPlaces, rest: head.stops },
    (plan) => registry.plans.shared(plan),
  );
  registry.takeOverRest(head.registry);
  book.resumeMarkets(head.markets, head.numbersUsed);
  const { armedRows } = image;
  for (let at = 0; at < armedRows.length; at += ARMED_FIELDS) {
    resumePlain(armedRows[at] ?? NaN, [armedRows[at + 1] ?? NaN, armedRows[at + 2] ?? NaN], room);
  }
  for (const armed of head.armed) resumeArmed(armed, room);
  recorder.restore(head.recorder);
  room.isolated.push(...head.isolated);
  for (const positionId of head.untrusted) room.untrusted.add(positionId);
}

function resumePlain(
  row: number,
  [number, recordedAtMs]: readonly [number: number, recordedAtMs: number],
  { desk, book }: SnapshotRoom,
): void {
  const stop = desk.registry.stops.ofRow(row);
  if (!stop) throw new Error(`must have the stop of row ${row}`);
  const instrument = desk.registry.instruments.get(stop.stamp.instrumentId);
  if (!instrument) throw new Error(`must have the instrument of ${stop.stopId}`);
  const armed = book.reserve(stop, liveFrom(stop, instrument), number);
  armed.recordedAtMs = recordedAtMs === -Infinity ? undefined : recordedAtMs;
  book.admit(stop, armed);
}
