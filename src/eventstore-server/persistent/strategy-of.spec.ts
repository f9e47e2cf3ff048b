import type { Consumer } from './consumer.js';
import { strategyOf } from './strategy-of.js';

/** The part of a consumer that a strategy looks at. */
class ConsumerFake {
  readonly got: string[] = [];

  constructor(
    readonly name: string,
    public room: number,
  ) {}
}

const consumerOf = (fake: ConsumerFake): Consumer => fake as unknown as Consumer;

function deal(name: string, fakes: readonly ConsumerFake[], keys: readonly string[]): string[] {
  const strategy = strategyOf(name);
  for (const fake of fakes) strategy.add(consumerOf(fake));
  return keys.map((key) => {
    const chosen = strategy.choose(key) as ConsumerFake | undefined;
    if (chosen === undefined) return '-';
    chosen.room--;
    strategy.sent(key);
    return chosen.name;
  });
}

const four = ['k', 'k', 'k', 'k'];

it.each([
  ['RoundRobin', [9, 9], ['a', 'b', 'a', 'b']],
  ['RoundRobin', [1, 9], ['a', 'b', 'b', 'b']],
  ['RoundRobin', [1, 1], ['a', 'b', '-', '-']],
  ['DispatchToSingle', [9, 9], ['a', 'a', 'a', 'a']],
  ['DispatchToSingle', [3, 9], ['a', 'a', 'a', 'b']],
  ['DispatchToSingle', [0, 2], ['b', 'b', '-', '-']],
  ['Pinned', [2, 9], ['a', 'a', '-', '-']],
])('%s with room for %j deals %j', (name, [a = 0, b = 0], names) => {
  const fakes = [new ConsumerFake('a', a), new ConsumerFake('b', b)];
  expect(deal(name, fakes, four)).toStrictEqual(names);
});

describe('Pinned', () => {
  const keys = Array.from({ length: 300 }, (_, i) => `stream-${i}`);

  it('spreads keys evenly and stays with its choice', () => {
    const fakes = ['a', 'b', 'c'].map((name) => new ConsumerFake(name, 1e6));
    const first = deal('Pinned', fakes, [...keys, ...keys]);
    expect(first.slice(300)).toStrictEqual(first.slice(0, 300));
    for (const { name } of fakes) {
      const share = first.filter((chosen) => chosen === name).length;
      expect(share).toBeGreaterThan(150);
      expect(share).toBeLessThan(250);
    }
  });

  it('gives a newcomer its share, but no key that is in flight', () => {
    const strategy = strategyOf('Pinned');
    const [a, b] = [new ConsumerFake('a', 1e6), new ConsumerFake('b', 1e6)];
    strategy.add(consumerOf(a));
    for (const key of keys) {
      strategy.choose(key);
      strategy.sent(key);
    }
    for (const key of keys.slice(0, 200)) strategy.finished(key);
    strategy.add(consumerOf(b));
    const chosen = keys.map((key) => strategy.choose(key) as unknown as ConsumerFake);
    expect(chosen.slice(200).every((consumer) => consumer === a)).toBe(true);
    const moved = chosen.filter((consumer) => consumer === b).length;
    expect(moved).toBeGreaterThan(75);
    expect(moved).toBeLessThan(200);
  });

  it('moves the keys of one who leaves', () => {
    const strategy = strategyOf('PinnedByCorrelation');
    const [a, b] = [new ConsumerFake('a', 1e6), new ConsumerFake('b', 1e6)];
    strategy.add(consumerOf(a));
    for (const key of keys) strategy.choose(key);
    strategy.add(consumerOf(b));
    strategy.remove(consumerOf(a));
    expect(keys.every((key) => strategy.choose(key) === consumerOf(b))).toBe(true);
  });
});
