import { CommitClock } from './commit-clock.js';

let clock: CommitClock;

beforeEach(() => jest.useFakeTimers());

afterEach(() => {
  clock.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function watched(names: readonly string[]): {
  readonly expired: string[];
  readonly done: (() => void)[];
} {
  const expired: string[] = [];
  return { expired, done: names.map((name) => clock.watch(() => expired.push(name))) };
}

it('gives up what waits longer than was asked, in the order of waiting', () => {
  clock = new CommitClock(1000);
  const { expired } = watched(['a', 'b']);
  jest.advanceTimersByTime(999);
  expect(expired).toEqual([]);
  jest.advanceTimersByTime(101);
  expect(expired).toEqual(['a', 'b']);
});

it('looks soon where the time is short', () => {
  clock = new CommitClock(1);
  const { expired } = watched(['a']);
  jest.advanceTimersByTime(25);
  expect(expired).toEqual(['a']);
});

it('leaves alone what was done in time, and keeps no timer once nothing waits', () => {
  clock = new CommitClock(50);
  const { expired, done } = watched(['a', 'b']);
  for (const isDone of done) isDone();
  jest.advanceTimersByTime(200);
  expect(expired).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});
