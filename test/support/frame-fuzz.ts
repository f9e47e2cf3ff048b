import { Seeded } from './seeded.js';

const VALUES = [
  ...['null', 'true', '0', '-1', '1e309', '-0', '9007199254740993', '1'.repeat(400), '"NaN"', '""'],
  ...[
    '"1e5"',
    '"-1.5"',
    '"0x10"',
    '" 1"',
    '"１"',
    '{}',
    '[]',
    '[[[[[[[[]]]]]]]]',
    '"\\u0000"',
    '{"a":1}',
  ],
];

type Below = (below: number) => number;
type Mutation = (text: string, next: Below) => string;

const MUTATIONS: readonly Mutation[] = [
  // A bit of a byte.
  (text, next) => {
    const bytes = Buffer.from(text);
    const place = next(bytes.length || 1);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << next(8));
    return bytes.toString('utf8');
  },
  (text, next) => text.slice(0, next(text.length + 1)),
  (text, next) => text.slice(next(text.length + 1)),
  // Another value for one that is there.
  (text, next) => {
    const places = [...text.matchAll(/:("[^"]*"|[-\d.]+|true|false|null)/g)];
    const found = places[next(places.length || 1)];
    if (!found) return text;
    const value = VALUES[next(VALUES.length)] ?? 'null';
    return `${text.slice(0, found.index)}:${value}${text.slice(found.index + found[0].length)}`;
  },
  // A key twice, or another one.
  (text) => text.replace(/"(\w+)":/, '"$1":1,"$1":'),
  (text, next) => text.replace(/"\w+":/, `"${'k'.repeat(next(20))}":`),
  // A part of it again.
  (text, next) => {
    const [from, to] = [next(text.length + 1), next(text.length + 1)].sort((a, b) => a - b);
    return text + text.slice(from, to);
  },
  (text, next) => '['.repeat(next(200)) + text,
  (text, next) => `{"stream":${'{"a":'.repeat(next(100))}${text}`,
];

/** Frames as a broken or hostile venue may send them, made of sound ones. */
export function* brokenFrames(
  sound: readonly string[],
  count: number,
  seed: number,
): Generator<string> {
  const chance = new Seeded(seed);
  const next: Below = (below) => chance.between(0, below - 1);
  for (let made = 0; made < count; made += 1) {
    let text = sound[next(sound.length)] ?? '';
    for (let left = 1 + next(3); left > 0; left -= 1) {
      text = (MUTATIONS[next(MUTATIONS.length)] ?? String)(text, next);
    }
    yield text;
  }
}
