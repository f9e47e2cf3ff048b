import { admitted, instrumentOf, knownStop } from '../../test/support/armed-stops.js';
import { trade } from '../../test/support/partition-fixture.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { ArmedStop } from './armed-stop.js';
import { MoveRecorder } from './move-recorder.js';
import { StopBook } from './stop-book.js';

const TICK = trade('83.29');

function stops(count: number): ArmedStop[] {
  const book = new StopBook();
  return Array.from({ length: count }, (_, number) => {
    const plan = {
      trail: { ticks: 5 },
      triggerBy: 'last',
      dialect: STOPLEDGER_DIALECT,
    } as const;
    const stop = knownStop('long', plan, {
      stopId: String(number),
      entryPrice: '83' as DecimalText,
    });
    return admitted(book, stop, instrumentOf('0.01'));
  });
}

function flushed(recorder: MoveRecorder, atMs: number): string[] {
  const found: string[] = [];
  recorder.flush(atMs, Infinity, (stop) => found.push(stop.stopId));
  return found;
}

describe('the recorder of moves', () => {
  it('lets so many a second of input time through, the earliest due first, and keeps the rest', () => {
    const recorder = new MoveRecorder({ recordIntervalMs: 100, trailEventsPerSecondMax: 2 });
    const all = stops(5);
    for (const stop of all) recorder.note(stop, TICK, 1000);
    expect(flushed(recorder, 1000)).toStrictEqual(['0', '1']);
    expect(flushed(recorder, 1499)).toStrictEqual([]);
    expect(flushed(recorder, 1500)).toStrictEqual(['2']);
    expect(recorder.dueAtMs).toBe(1000);
    // The budget of a silence is not saved up beyond one second.
    for (const stop of all.slice(0, 3)) recorder.note(stop, TICK, 60_000);
    expect(flushed(recorder, 60_000)).toStrictEqual(['3', '4']);
    expect(flushed(recorder, 61_000)).toStrictEqual(['0', '1']);
    expect(flushed(recorder, 62_000)).toStrictEqual(['2']);
    expect(recorder.dueAtMs).toBe(Infinity);
  });

  it('is given nothing that it has used up when the log lags, or keeps up again', () => {
    const recorder = new MoveRecorder({ recordIntervalMs: 100, trailEventsPerSecondMax: 20 });
    for (const stop of stops(30)) recorder.note(stop, TICK, 1000);
    recorder.lag(true);
    expect(recorder.state).toMatchObject({ tokens: 2, isLagging: true });
    expect(flushed(recorder, 1000)).toStrictEqual(['0', '1']);
    recorder.lag(false);
    expect(recorder.state.tokens).toBe(0);
    expect(flushed(recorder, 1000)).toStrictEqual([]);
    expect(flushed(recorder, 1100)).toStrictEqual(['2', '3']);
  });

  it('lets a stop wait for its interval, counted from its last event', () => {
    const recorder = new MoveRecorder({ recordIntervalMs: 100, trailEventsPerSecondMax: 1000 });
    const [stop] = stops(1);
    if (!stop) throw new Error('one stop was asked for');
    recorder.note(stop, TICK, 1000);
    expect(flushed(recorder, 1000)).toStrictEqual(['0']);
    recorder.note(stop, TICK, 1050);
    expect(recorder.dueAtMs).toBe(1100);
    recorder.note(stop, trade('83.30'), 1060);
    expect(stop).toMatchObject({ pendingMoves: 2, firstTick: TICK });
    expect(flushed(recorder, 1099)).toStrictEqual([]);
    expect(flushed(recorder, 1100)).toStrictEqual(['0']);
    expect(stop).toMatchObject({ pendingMoves: 0, firstTick: undefined, recordedAtMs: 1100 });
  });

  it('forgets what another event has told', () => {
    const recorder = new MoveRecorder({ recordIntervalMs: 0, trailEventsPerSecondMax: 1000 });
    const [stop] = stops(1);
    if (!stop) throw new Error('one stop was asked for');
    recorder.note(stop, TICK, 1000);
    recorder.close(stop);
    expect(flushed(recorder, 5000)).toStrictEqual([]);
  });
});
