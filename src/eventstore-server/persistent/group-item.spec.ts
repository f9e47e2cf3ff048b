import { type GroupItem, RetryQueue } from './group-item.js';

const item = (no: number | undefined, key?: string): GroupItem => ({
  ordinal: no ?? 100,
  revision: 0,
  no,
  retryCount: 1,
  key,
});

it('keeps events in the order of the source, and replayed ones behind them as they came', () => {
  const queue = new RetryQueue();
  const [first, second] = [item(undefined, 'first'), item(undefined, 'second')];
  for (const added of [item(5), first, item(2), second, item(9), item(3)]) queue.add(added);
  const taken = queue.take(10, () => true);
  expect(taken.map(({ no, key }) => no ?? key)).toStrictEqual([2, 3, 5, 9, 'first', 'second']);
  expect(queue.count).toBe(0);
});

it('leaves what is not wanted, and what is too much, where it was', () => {
  const queue = new RetryQueue();
  for (let no = 0; no < 6; no++) queue.add(item(no));
  const isOdd = ({ no }: GroupItem): boolean => (no ?? 0) % 2 === 1;
  expect(queue.take(2, isOdd).map(({ no }) => no)).toStrictEqual([1, 3]);
  expect(queue.take(9, () => true).map(({ no }) => no)).toStrictEqual([0, 2, 4, 5]);
});
