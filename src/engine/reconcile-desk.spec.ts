import type { Fact } from '../domain/facts.js';
import type { DecimalText } from '../domain/kernel/units.js';
import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';
import type { VenueHolding } from './inputs.js';

function holds(
  engine: PartitionFixture,
  quantity: string,
  more: Partial<VenueHolding> = {},
): readonly Fact[] {
  const exact = { quantity: quantity as DecimalText, entryPrice: undefined, plan: undefined };
  const of = { accountId: 'demo', instrumentId: LTC, book: 'net', adopts: true } as const;
  return engine.input({ kind: 'holding', holding: { ...of, ...exact, ...more } }).facts;
}

/** Long 10 in two positions, of which stops guard 4 and 3 of the first and all of the second. */
function guarded(): PartitionFixture {
  const engine = PartitionFixture.ready();
  engine.price('83.29');
  engine.position(1, 'long', '8');
  engine.position(2, 'long', '2');
  engine.arm(11, 1, { stop: '81' }, '4');
  engine.arm(12, 1, { stop: '80' }, '3');
  engine.arm(13, 2, { stop: '80' });
  return engine;
}

function filled(
  engine: PartitionFixture,
  orderId: string,
  { quantity, filledAtMs }: { quantity: string; filledAtMs: number },
): readonly string[] {
  const amount = { quantity: quantity as DecimalText, price: '81' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker' } as const;
  const fill = { venueTradeId: `${orderId} ${filledAtMs}`, ...amount, ...fee, filledAtMs };
  return named(engine.report({ kind: 'fill', orderId, fill }));
}

function live(engine: PartitionFixture): PartitionFixture {
  engine.partition.beginRecovery();
  engine.partition.live();
  return engine;
}

const named = (facts: readonly Fact[]) => facts.map(({ type }) => type);
const guards = ({ partition }: PartitionFixture) =>
  [...partition.registry.stops.values()].map(({ status, quantity }) => [status, quantity]);

describe('what the venue holds', () => {
  it('changes nothing where it is what we hold, or less than a lot step away', () => {
    const engine = guarded();
    expect(holds(engine, '10')).toStrictEqual([]);
    expect(holds(engine, '9.9995')).toStrictEqual([]);
  });

  it('takes out of ours what is gone, the oldest first, and stops guard no more than is open', () => {
    const engine = guarded();
    const facts = holds(engine, '6');
    expect(facts[0]).toMatchObject({
      type: 'PositionReconciled',
      data: {
        ...{ positionId: ulidOf(1), previousQuantity: '8', reducedBy: '4', openQuantity: '4' },
        venueQuantity: '6',
      },
    });
    // 7 were guarded of what is 4 now: the newest stop of the position goes first.
    expect(named(facts)).toStrictEqual(['PositionReconciled', 'StopCancelled']);
    expect(guards(engine)).toStrictEqual([
      ['armed', '4'],
      ['cancelled', '3'],
      ['armed', '2'],
    ]);
    expect(engine.price('81')[0]).toMatchObject({ data: { order: { quantity: '4' } } });
  });

  it('lets each follow in turn: the position first, then its stops', () => {
    const engine = guarded();
    holds(engine, '6');
    const seq = engine.decisions.at(-1)?.input.seq;
    const step = engine.decisions.filter(({ input }) => input.seq === seq);
    expect(step.map(({ after }) => after)).toStrictEqual([undefined, 0]);
  });

  it('closed by hand leaves no stop that could fire', () => {
    const engine = guarded();
    expect(holds(engine, '0').filter(({ type }) => type === 'StopCancelled')).toHaveLength(3);
    expect([...engine.partition.registry.positions.values()]).toMatchObject([
      { status: 'closed', quantity: '0' },
      { status: 'closed', quantity: '0' },
    ]);
    expect(engine.price('70')).toStrictEqual([]);
  });

  it('turned round by hand closes ours and adopts the rest on the other side', () => {
    const engine = guarded();
    const plan = { trail: { percent: '2' } };
    const facts = holds(engine, '-5', { entryPrice: '83' as DecimalText, plan });
    expect(named(facts).slice(-2)).toStrictEqual(['PositionOpened', 'StopArmed']);
    expect(facts.at(-2)).toMatchObject({
      data: { origin: 'adopted', side: 'short', quantity: '5', entryPrice: '83', fill: null },
    });
    expect(engine.price('84.65')).toStrictEqual([]);
    expect(engine.price('85')).toContainEqual(expect.objectContaining({ type: 'StopTriggered' }));
  });

  it('beyond ours is adopted at the last price, or left alone where the account wants that', () => {
    const engine = guarded();
    expect(holds(engine, '12', { adopts: false })).toStrictEqual([]);
    expect(holds(engine, '12')).toMatchObject([
      { type: 'PositionOpened', data: { side: 'long', quantity: '2', entryPrice: '83.29' } },
    ]);
    expect(holds(engine, '12')).toStrictEqual([]);
  });

  it('is not compared while an order of the instrument is under way, and then it is', () => {
    const engine = guarded();
    const [trigger] = engine.price('81');
    if (trigger?.type !== 'StopTriggered') throw new Error('the stop fires');
    expect(holds(engine, '6')).toStrictEqual([]);
    const { orderId } = trigger.data.order;
    engine.report({ kind: 'cancelled', orderId, reason: 'by the venue' });
    expect(named(holds(engine, '6'))).toContain('PositionReconciled');
  });

  it('keeps a fill that comes after it from taking out what is not there', () => {
    const engine = guarded();
    const [trigger] = engine.price('81');
    if (trigger?.type !== 'StopTriggered') throw new Error('the stop fires');
    const { orderId } = trigger.data.order;
    engine.report({ kind: 'cancelled', orderId, reason: 'by the venue' });
    holds(engine, '0');
    expect(filled(engine, orderId, { quantity: '4', filledAtMs: T0 })).toStrictEqual([
      'OrderFilled',
      'StopClosed',
    ]);
  });

  it('has counted a fill from before it that is told after it', () => {
    const engine = guarded();
    const orderId = `${ulidOf(11)}-0101`;
    engine.price('81');
    engine.report({ kind: 'cancelled', orderId, reason: 'by the venue' });
    engine.at += 100;
    holds(engine, '8');
    const before = { quantity: '2', filledAtMs: engine.at - 2_500 };
    expect(filled(engine, orderId, before)).toStrictEqual(['OrderPartiallyFilled', 'OrderPlaced']);
    const since = { quantity: '1', filledAtMs: engine.at - 2_499 };
    expect(filled(engine, orderId, since)).toContain('PositionReduced');
  });

  it.each([
    ['at once', (engine: PartitionFixture) => engine],
    ['after a restart', (engine: PartitionFixture) => live(engine.restarted())],
    ['from a snapshot', (engine: PartitionFixture) => engine.continued()],
    [
      'from an image',
      (engine: PartitionFixture) =>
        engine.resumed(structuredClone(engine.partition.image()), engine.decisions.length),
    ],
  ])('has counted what another owner filled under the ids of exits to come, %s', (_, from) => {
    const first = guarded();
    first.at += 10_000;
    holds(first, '6');
    const engine = from(first);
    engine.price('80');
    // The first exit guards what is left of the position; the other's position was not the one that gave way.
    for (const [stop, quantity] of [
      [11, '4'],
      [13, '2'],
    ] as const) {
      const orderId = `${ulidOf(stop)}-0101`;
      const foreign = { quantity, filledAtMs: T0 };
      expect(filled(engine, orderId, foreign)).toStrictEqual(['FillDisputed']);
      expect(filled(engine, orderId, foreign)).toStrictEqual([]);
      const own = filled(engine, orderId, { quantity, filledAtMs: engine.at });
      expect(own).toStrictEqual(['OrderFilled', 'PositionClosed', 'StopClosed']);
    }
  });

  it('disputes no fill since, of a venue whose clock is two seconds behind', () => {
    const engine = guarded();
    engine.at += 10_000;
    holds(engine, '8');
    engine.at += 100;
    engine.price('81');
    const fill = { quantity: '4', filledAtMs: engine.at - 2_000 };
    expect(filled(engine, `${ulidOf(11)}-0101`, fill)).toContain('PositionReduced');
  });

  it('leaves nothing to guard where an exit that waits takes out more than is open', () => {
    const engine = PartitionFixture.ready();
    engine.price('83.29');
    engine.position(1, 'long', '10');
    engine.arm(11, 1, { stop: '82' }, '8');
    engine.price('82');
    const orderId = `${ulidOf(11)}-0101`;
    const refused = { kind: 'rejected', orderId, reason: 'halted', venueText: '' } as const;
    expect(named(engine.report(refused))).toContain('StopExitHeld');
    expect(named(holds(engine, '4'))).toContain('PositionReconciled');
    expect(engine.arm(12, 1, { stop: '70' })).toMatchObject({
      rejection: 'conflict',
      problems: [{ code: 'OVER_COVERED', field: 'positionId', value: ulidOf(1) }],
    });
    expect(engine.arm(12, 1, { stop: '70' }, '1')).toMatchObject({
      problems: [
        { field: 'quantity', rule: 'must not exceed the open quantity that no stop covers (0)' },
      ],
    });
  });

  it('leaves a fill to count that another owner had without it', () => {
    const engine = guarded();
    engine.at += 10_000;
    engine.price('81');
    const orderId = `${ulidOf(11)}-0101`;
    expect(filled(engine, orderId, { quantity: '4', filledAtMs: T0 })).toContain('PositionReduced');
  });

  it('speaks of one side only where the venue keeps both apart', () => {
    const engine = PartitionFixture.ready();
    engine.position(1, 'long', '8');
    engine.position(2, 'short', '2');
    expect(holds(engine, '8', { book: 'long' })).toStrictEqual([]);
    expect(holds(engine, '-1', { book: 'short' })).toMatchObject([
      { type: 'PositionReconciled', data: { side: 'short', openQuantity: '1' } },
    ]);
  });
});
