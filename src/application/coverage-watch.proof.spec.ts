import { protection } from '../../projections/protection/protection.projection.js';
import { folding } from '../../test/support/folding.js';
import { PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import { actAtRandom } from '../../test/support/random-trader.js';
import { Seeded } from '../../test/support/seeded.js';
import { VirtualTime } from '../../test/support/virtual-time.js';
import { formatDecimal } from '../domain/kernel/decimal.js';
import { uncoveredOf } from '../engine/coverage.js';
import { AlarmDesk } from './alarms/alarm-desk.js';
import { CoverageWatch } from './coverage-watch.js';

const GRACE_MS = 5_000;
const POSITION = ulidOf(1);
const STOP = ulidOf(2);

/** An engine whose durable facts the watch is told of, as time passes. */
function watched(fixture = PartitionFixture.ready(), raised: readonly string[] = []) {
  const time = new VirtualTime(T0);
  const lines: string[] = [];
  const alarms = new AlarmDesk({
    part: 'engine',
    clock: time.clock,
    onChange: ({ change, alarm }) =>
      void lines.push(`${time.clock() - T0} ${change} ${alarm.about}: ${alarm.text}`),
  });
  for (const about of raised) alarms.raise('POSITION_UNPROTECTED', about, 'before');
  lines.length = 0;
  const { registry } = fixture.partition;
  const watch = new CoverageWatch({ registry, alarms, time, graceMs: GRACE_MS });
  watch.begin();
  let told = fixture.decisions.length;
  const tell = (): void => {
    for (const { fact } of fixture.decisions.slice(told)) watch.onFact(fact);
    told = fixture.decisions.length;
  };
  return { fixture, time, lines, watch, tell };
}

describe('what is unprotected', () => {
  it('is an alarm only after the time of grace, and over as soon as a stop guards it', () => {
    const { fixture, time, lines, tell } = watched();
    fixture.position(1, 'long');
    tell();
    time.advance(GRACE_MS - 1);
    expect(lines).toStrictEqual([]);
    time.advance(251);
    const text = `10 BINANCE:LTCUSDT of position ${POSITION} (demo) is unprotected`;
    expect(lines).toStrictEqual([`5000 raised ${POSITION}: ${text}`]);
    fixture.price('83.29');
    fixture.arm(2, 1, { stop: '82' });
    tell();
    expect(lines.slice(1)).toStrictEqual([`5250 cleared ${POSITION}: ${text}`]);
  });

  it('is looked at in parts where an earlier run left many positions, and nothing waits for that', () => {
    const fixture = PartitionFixture.ready();
    for (let number = 1; number <= 2_500; number += 1) fixture.position(number, 'long');
    const { time, lines, watch } = watched(fixture);
    const seen = () => watch.view().positions.length;
    expect(seen()).toBe(1_000);
    time.advance(0);
    expect(seen()).toBe(2_500);
    expect(lines).toStrictEqual([]);
    time.advance(GRACE_MS + 250);
    expect(lines).toHaveLength(2_500);
  });

  it('is measured in quantity and seconds by account and instrument, to the ms, what goes on included', () => {
    const { fixture, time, watch, tell } = watched();
    fixture.position(1, 'long');
    tell();
    time.advance(100);
    fixture.price('83.29');
    fixture.arm(2, 1, { stop: '82' }, '4');
    tell();
    time.advance(50);
    expect(watch.view()).toStrictEqual({
      positions: [
        {
          ...{ positionId: POSITION, accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT' },
          ...{ quantity: '6', sinceMs: T0 },
        },
      ],
      quantitySeconds: [
        { accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', quantitySeconds: '1.3' },
      ],
    });
  });

  it('is what sleeps, and what the venue refused to close; not what is on its way out', () => {
    const { fixture, watch, tell } = watched();
    const quantities = () => {
      tell();
      return watch.view().positions.map(({ quantity }) => quantity);
    };
    fixture.price('83.29');
    fixture.position(1, 'long');
    fixture.arm(2, 1, { stop: '82' });
    expect(quantities()).toStrictEqual([]);
    fixture.command({ kind: 'SuspendStop', stopId: STOP });
    expect(quantities()).toStrictEqual(['10']);
    fixture.command({ kind: 'ResumeStop', stopId: STOP });
    expect(quantities()).toStrictEqual([]);
    fixture.price('82');
    expect(quantities()).toStrictEqual([]);
    const orderId = `${STOP}-0101`;
    fixture.report({ kind: 'unknown', orderId, unclear: 'no answer' });
    expect(quantities()).toStrictEqual([]);
    fixture.report({ kind: 'rejected', orderId, reason: 'halted', venueText: '' });
    expect(quantities()).toStrictEqual(['10']);
  });

  it('is what no level guards: targets or a time alone, and a trail that waits for its activation', () => {
    const { fixture, watch, tell } = watched();
    const uncovered = () => {
      tell();
      return watch.view().positions.map(({ quantity }) => quantity);
    };
    fixture.price('83.29');
    fixture.position(1, 'long');
    fixture.arm(2, 1, { targets: [{ price: '84', portion: '0.5' }] }, '3');
    fixture.arm(3, 1, { timeStop: { after: 'PT1H' } }, '1');
    fixture.arm(4, 1, { trail: { percent: '1' }, activation: '83.50' }, '6');
    expect(uncovered()).toStrictEqual(['10']);
    fixture.price('83.50');
    expect(uncovered()).toStrictEqual(['4']);
    fixture.command({ kind: 'AmendStop', stopId: ulidOf(2), plan: { stop: '82' } });
    expect(uncovered()).toStrictEqual(['1']);
    const atr = { period: 2, multiple: '1', interval: 'PT1S' };
    fixture.command({ kind: 'AmendStop', stopId: ulidOf(3), plan: { trail: { atr } } });
    fixture.price('83.60');
    expect(uncovered()).toStrictEqual(['1']);
    for (const price of ['83.70', '83.65', '83.75']) {
      fixture.at += 1_000;
      fixture.price(price);
    }
    expect(uncovered()).toStrictEqual([]);
    const [row] = folding(
      protection,
      fixture.decisions.map(({ fact }) => fact),
    );
    expect(row).toMatchObject({ uncoveredQuantity: '0', withoutLevel: {} });
  });

  it('is also what an isolated stop guarded: told at the start, and what ended meanwhile is over', () => {
    const fixture = PartitionFixture.ready();
    fixture.price('83.29');
    fixture.position(1, 'long');
    fixture.arm(2, 1, { stop: '82' });
    const armedIsLost = fixture.decisions.filter(({ fact }) => fact.type !== 'StopArmed');
    fixture.command({ kind: 'SuspendStop', stopId: STOP });
    const next = fixture.restarted([...armedIsLost, ...fixture.decisions.slice(-1)]);
    next.partition.beginRecovery();
    next.partition.live();
    expect(next.partition.isolated).toStrictEqual([STOP]);
    const { lines, time, watch } = watched(next, ['closed-meanwhile']);
    expect(lines).toStrictEqual(['0 cleared closed-meanwhile: before']);
    time.advance(GRACE_MS + 250);
    expect(lines.slice(1)).toStrictEqual([
      `5000 raised ${POSITION}: 10 BINANCE:LTCUSDT of position ${POSITION} (demo) is unprotected`,
    ]);
    watch.close();
    expect(time.running).toBe(0);
  });

  it('stays an alarm over a restart: it is over only when it is protected or closed', () => {
    const fixture = PartitionFixture.ready();
    fixture.price('83.29');
    fixture.position(1, 'long');
    const { lines, time, watch, tell } = watched(fixture, [POSITION]);
    time.advance(GRACE_MS + 250);
    expect(lines).toStrictEqual([]);
    fixture.arm(2, 1, { stop: '82' });
    tell();
    expect(lines).toStrictEqual([`5250 cleared ${POSITION}: before`]);
    watch.close();
  });

  it('is the same for engine and read model, whatever happens', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const chance = new Seeded(seed);
      const fixture = PartitionFixture.ready();
      fixture.price('83.29');
      fixture.position(1, 'long');
      for (let step = 0; step < 25; step += 1) {
        actAtRandom(fixture, chance, step);
        const facts = fixture.decisions.map(({ fact }) => fact);
        const [row] = folding(protection, facts);
        const uncovered = formatDecimal(uncoveredOf(fixture.partition.registry, POSITION));
        expect([seed, step, row?.uncoveredQuantity]).toStrictEqual([seed, step, uncovered]);
      }
    }
  });
});
