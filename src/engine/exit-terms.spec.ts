import type { DecimalText } from '../domain/kernel/units.js';
import { decimal } from '../domain/kernel/decimal.js';
import type { PlainDistance } from '../domain/stop/stop-plan.js';
import { LTC, PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';
import { collared } from './exit-terms.js';
import type { QuoteTick } from './tick.js';

const d = (text: string) => text as DecimalText;

describe('the price of an exit within a collar', () => {
  it.each<[PlainDistance, string, string]>([
    [{ amount: d('0.30') }, '82.99', '83.59'],
    [{ ticks: 7 }, '83.22', '83.36'],
    [{ percent: d('0.5') }, '82.87', '83.71'], // 0.41645 either way: the side that fills sooner
    [{ bps: d('1') }, '83.28', '83.3'],
  ])('of %j is %s for a sale and %s for a purchase at 83.29', (collar, sale, purchase) => {
    const { partition } = PartitionFixture.ready();
    const instrument = partition.registry.instruments.get(LTC)!;
    const of = (side: 'buy' | 'sell') => collared(decimal('83.29'), { side, collar, instrument });
    expect([of('sell'), of('buy')]).toStrictEqual([sale, purchase]);
  });

  it('is none where no price above 0 is left: it leaves at market then', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long', '10', '0.10');
    const exit = { type: 'limit', collar: { amount: '0.09' } } as const;
    fixture.price('0.10');
    fixture.arm(2, 1, { stop: '0.09', exit });
    const [trigger] = fixture.price('0.09');
    expect(trigger).toMatchObject({ version: 1, data: { order: { type: 'market' } } });
  });

  it('counts from the newest price: the other side of the book, or a trade that is newer', () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    const collar = { ticks: 1 };
    fixture.arm(2, 1, {
      stop: '82',
      exit: { type: 'limit', collar, timeInForce: 'ioc' },
      targets: [{ price: '84', portion: '0.5' }],
    });
    fixture.price('83.29', { receivedAtMs: fixture.at });
    fixture.at += 10;
    const quote: QuoteTick = {
      kind: 'quote',
      instrumentId: LTC,
      feed: 'main',
      bidUnits: 8350,
      askUnits: 8352,
      bidSize: '1',
      askSize: '1',
      sequence: '9',
      venueTimeMs: fixture.at,
      receivedAtMs: fixture.at,
      verdict: 'good',
    };
    fixture.input({ kind: 'tick', tick: quote });
    const target = fixture.price('84.00', { receivedAtMs: fixture.at + 1 });
    expect(target[0]).toMatchObject({
      type: 'StopTargetHit',
      version: 2,
      data: { order: { type: 'limit', limitPrice: '83.99', timeInForce: 'ioc' } },
    });
    fixture.input({ kind: 'tick', tick: { ...quote, receivedAtMs: fixture.at + 2 } });
    fixture.command({ kind: 'ClosePosition', positionId: ulidOf(1) });
    const closing = fixture.decisions.at(-1)?.fact;
    expect(closing?.type === 'OrderPlaced' && closing.data.type).toBe('market');
  });
});
