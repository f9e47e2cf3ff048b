import { checksum } from '../domain/kernel/checksum.js';
import type { InputRef, UnixMs } from '../domain/kernel/units.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import type { ArmedStop } from './armed-stop.js';
import type { Desk } from './desk.js';
import { armedTrack, liveFrom } from './live-track.js';
import type { MoveRecorder, RecorderState } from './move-recorder.js';
import type { RegistrySnapshot } from './registry.js';
import type { MarketSnapshot, StopBook } from './stop-book.js';
import type { StopClock, StopTimes } from './stop-clock.js';
import { revived } from './tick.js';
import type { Tick } from './tick.js';

/** Form of a snapshot. Another one is not read: the log is. */
export const SNAPSHOT_FORM = 2;

/** An armed stop with what the log does not hold yet: where it stands, and moves that no event tells. */
export interface ArmedSnapshot {
  readonly stopId: string;
  readonly number: number;
  readonly track: StopTrack;
  readonly activated: boolean;
  readonly targetsHit: number;
  /** Null before the first recorded move. */
  readonly recordedAtMs: number | null;
  readonly times: StopTimes;
  /** Undefined where every move is recorded. */
  readonly pending?: {
    readonly moves: number;
    readonly dueAtMs: number;
    readonly firstTick: Tick;
    readonly lastTick: Tick;
  };
}

/** All that a partition knows after an input, as plain data. */
export interface PartitionState {
  readonly form: typeof SNAPSHOT_FORM;
  readonly rules: string;
  /** The newest input that is in it. */
  readonly input: InputRef;
  readonly at: UnixMs;
  readonly registry: RegistrySnapshot;
  readonly markets: readonly MarketSnapshot[];
  readonly numbersUsed: number;
  /** In the order of arming. */
  readonly armed: readonly ArmedSnapshot[];
  readonly recorder: RecorderState;
  readonly isolated: readonly string[];
  readonly untrusted: readonly string[];
}

export interface PartitionSnapshot {
  readonly state: PartitionState;
  readonly checksum: string;
}

/** The parts of a partition that a snapshot is taken of. */
export interface SnapshotRoom {
  readonly desk: Desk;
  readonly book: StopBook;
  readonly recorder: MoveRecorder;
  readonly clock: StopClock;
  readonly isolated: string[];
  readonly untrusted: Set<string>;
}

export function sealed(state: PartitionState): PartitionSnapshot {
  return { state, checksum: checksum(textsOf(state)) };
}

/** The state as text, piece by piece: as one it may be longer than a text can be. */
function* textsOf(state: object): Generator<string> {
  for (const [key, value] of Object.entries(state) as [string, unknown][]) {
    yield key;
    if (Array.isArray(value)) for (const one of value) yield JSON.stringify(one);
    else if (key === 'registry') yield* textsOf(value as object);
    else yield JSON.stringify(value);
  }
}

export function stateOf(room: SnapshotRoom): PartitionState {
  const { desk, book, recorder } = room;
  return {
    form: SNAPSHOT_FORM,
    rules: desk.rules,
    input: desk.input,
    at: desk.at,
    registry: desk.registry.snapshot(),
    markets: book.markets(),
    numbersUsed: book.numbersUsed,
    armed: book.inOrder().map((armed) => armedState(armed, room)),
    recorder: recorder.state,
    isolated: [...room.isolated],
    untrusted: [...room.untrusted],
  };
}

/** Takes over a snapshot. Throws for one that is damaged, or that other rules or another form have written. */
export function takeOver({ state, checksum: sum }: PartitionSnapshot, room: SnapshotRoom): void {
  const { desk, book, recorder } = room;
  const form: number = state.form;
  if (form !== SNAPSHOT_FORM) throw unusable('form', String(SNAPSHOT_FORM), String(form));
  if (state.rules !== desk.rules) throw unusable('rules', desk.rules, state.rules);
  const found = checksum(textsOf(state));
  if (found !== sum) throw unusable('checksum', sum, found);
  desk.begin(state.input, state.at, { actor: 'engine' });
  desk.registry.takeOver(state.registry);
  book.resumeMarkets(state.markets, state.numbersUsed);
  for (const armed of state.armed) resumeArmed(armed, room);
  recorder.restore(state.recorder);
  room.isolated.push(...state.isolated);
  for (const positionId of state.untrusted) room.untrusted.add(positionId);
}

/** Where two states differ: paths into them, as many as are asked for. */
export function differencesOf(one: unknown, other: unknown, countMax = 20): readonly string[] {
  const found: string[] = [];
  compareAt('', one, other, (path) => {
    if (found.length < countMax) found.push(path);
  });
  return found;
}

function compareAt(path: string, one: unknown, other: unknown, note: (path: string) => void): void {
  if (Object.is(one, other)) return;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    note(path);
    return;
  }
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const [left, right] = [one, other].map((side) => (side as Record<string, unknown>)[key]);
    compareAt(path === '' ? key : `${path}.${key}`, left, right, note);
  }
}

export function armedState(
  armed: ArmedStop,
  { desk, clock, recorder }: SnapshotRoom,
): ArmedSnapshot {
  const { live, firstTick, lastTick, recordedAtMs } = armed;
  const stop = knownOf(desk, armed.stopId);
  return {
    stopId: armed.stopId,
    number: armed.number,
    track: armedTrack(armed),
    activated: live.activated,
    targetsHit: live.nextTarget,
    recordedAtMs: recordedAtMs ?? null,
    times: clock.timesOf(stop, armed),
    ...(firstTick &&
      lastTick && {
        pending: {
          moves: armed.pendingMoves,
          dueAtMs: recorder.dueOf(armed),
          ...{ firstTick, lastTick },
        },
      }),
  };
}

export function resumeArmed(
  known: ArmedSnapshot,
  { desk, book, clock, recorder }: SnapshotRoom,
): void {
  const { stopId, track, activated, targetsHit, pending } = known;
  const stop = knownOf(desk, stopId);
  const instrument = desk.registry.instruments.get(stop.stamp.instrumentId);
  if (!instrument) throw new Error(`Invariant: a stop's instrument is known, found ${stopId}`);
  const live = liveFrom({ ...stop, track, activated, targetsHit }, instrument);
  const armed = book.reserve(stop, live, known.number);
  armed.recordedAtMs = known.recordedAtMs ?? undefined;
  book.admit(stop, armed);
  clock.resume(stop, armed, known.times);
  if (!pending) return;
  armed.pendingMoves = pending.moves;
  armed.firstTick = revived(pending.firstTick);
  armed.lastTick = revived(pending.lastTick);
  recorder.take(armed, pending.dueAtMs);
}

export function knownOf(desk: Desk, stopId: string): KnownStop {
  const stop = desk.registry.stops.get(stopId);
  if (!stop) throw new Error(`Invariant: an armed stop is known, found ${stopId}`);
  return stop;
}

function unusable(field: string, wanted: string, was: string): Error {
  return new Error(`snapshot ${field}: must be ${wanted}, was ${was}`);
}
