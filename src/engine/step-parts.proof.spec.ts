import { PartitionFixture, trade, ulidOf } from '../../test/support/partition-fixture.js';
import type { Decision } from './decisions.js';
import type { NumberedInput } from './inputs.js';
import { RULES_VERSION } from './partition.js';

const OTHERS = 200;
const FIRST = 100;
const SHORT = 50;

/** A short at 84, and longs that every new high moves. */
function crowded(): PartitionFixture {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long', String(OTHERS));
  fixture.position(2, 'short', '1');
  fixture.arm(SHORT, 2, { stop: '84' });
  for (let other = 0; other < OTHERS; other += 1) {
    fixture.arm(FIRST + other, 1, { trail: { percent: String(1 + (other % 7)) } }, '1');
  }
  return fixture;
}

function print(fixture: PartitionFixture, price: string, seq: number): NumberedInput {
  const ref = { partition: 'p0', epoch: 1, seq };
  return { ref, at: fixture.at, input: { kind: 'tick', tick: trade(price) } };
}

const typesOf = (decisions: readonly Decision[]) => [
  ...new Set(decisions.map(({ fact }) => fact.type)),
];

describe('a price that fires one stop and moves others', () => {
  it('lets what leaves go before a single one of the others has been moved', () => {
    const fixture = crowded();
    const { partition } = fixture;
    const before = partition.trackOf(ulidOf(FIRST));
    const { decisions } = partition.begin(print(fixture, '84', 1000));
    expect(typesOf(decisions)).toStrictEqual(['StopTriggered', 'OrderPlaced']);
    expect(partition.isDone).toBe(false);
    expect(partition.trackOf(ulidOf(FIRST))).toStrictEqual(before);
  });

  it('does the same with a target: it is an exit, not a move', () => {
    const fixture = crowded();
    fixture.position(3, 'long', '2');
    const targets = [{ price: '84', portion: '0.5' }];
    fixture.arm(40, 3, { trail: { percent: '1' }, targets });
    const { decisions } = fixture.partition.begin(print(fixture, '84', 1000));
    expect(typesOf(decisions)).toStrictEqual([
      'StopTriggered',
      'OrderPlaced',
      'StopTrailed',
      'StopTargetHit',
    ]);
    // Its own move is closed by its own exit; those of the others wait.
    expect(decisions.filter(({ fact }) => fact.type === 'StopTrailed')).toHaveLength(1);
  });

  it('writes the moves down in parts that come to what the whole step comes to', () => {
    const [parted, whole] = [crowded(), crowded()];
    const decided = [...parted.partition.begin(print(parted, '84', 1000)).decisions];
    const parts: number[] = [];
    while (!parted.partition.isDone) {
      const part = parted.partition.goOn();
      parts.push(part.length);
      decided.push(...part);
    }
    expect(Math.max(...parts)).toBeLessThanOrEqual(64);
    expect(parts.length).toBeGreaterThan(OTHERS / 64);
    expect(decided).toStrictEqual(whole.partition.step(print(whole, '84', 1000)).decisions);
    expect(decided.map(({ index }) => index)).toStrictEqual(decided.map((_one, place) => place));
    expect(parted.partition.snapshot().checksum).toBe(whole.partition.snapshot().checksum);
  });

  it('takes nothing else in before it is done, and is not copied in the middle', () => {
    const fixture = crowded();
    const { partition } = fixture;
    partition.begin(print(fixture, '84', 1000));
    expect(() => partition.begin(print(fixture, '84', 1001))).toThrow(/^Invariant: an input/);
    expect(() => partition.snapshot()).toThrow(/^Invariant: none is copied/);
    expect(() => partition.image()).toThrow(/^Invariant: none is copied/);
    while (!partition.isDone) partition.goOn();
    expect(partition.image().head.rules).toBe(RULES_VERSION);
  });

  it('is not decided otherwise by the log and tape when the engine died between two parts', () => {
    const fixture = crowded();
    const others = (decisions: readonly Decision[]) =>
      decisions.flatMap(({ fact }) =>
        fact.type === 'StopTrailed' ? [[fact.data.stopId, fact.data.track, fact.data.moves]] : [],
      );
    const taped = print(fixture, '84', 1000);
    const urgent = fixture.partition.begin(taped).decisions;
    const rest: Decision[] = [];
    while (!fixture.partition.isDone) rest.push(...fixture.partition.goOn());
    const after = fixture.restarted([...fixture.decisions, ...urgent]);
    after.partition.beginRecovery();
    const again = after.partition.recover(taped);
    expect(others(again)).toHaveLength(OTHERS);
    expect(others(again)).toStrictEqual(others(rest));
  });
});
