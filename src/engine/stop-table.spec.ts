import fc from 'fast-check';
import { knownStop } from '../../test/support/armed-stops.js';
import { STAMP } from '../../test/support/event-builders.js';
import type { DecimalText } from '../domain/kernel/units.js';
import type { KnownPosition } from '../domain/position/position-state.js';
import { STOPLEDGER_DIALECT } from '../domain/stop/dialect.js';
import type { KnownStop } from '../domain/stop/stop-state.js';
import type { StopTrack } from '../domain/stop/stop.events.js';
import { PositionTable } from './position-table.js';
import { RowBytes } from './row-bytes.js';
import { StopTable } from './stop-table.js';

const d = (text: string): DecimalText => text as DecimalText;

// Also what no row can hold as it is: it must come back all the same.
const text = fc
  .oneof(
    fc.constantFrom('0', '-0', '0.10', '80.50', '007', '-12.5', '1'.repeat(15), '1'.repeat(17)),
    fc.constantFrom('9007199254740993', '0.00001', '-0.5', '100', '1.000000000000001', '', 'x'),
    fc.tuple(fc.integer(), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`),
    fc.integer().map(String),
  )
  .map(d);
const maybe = fc.option(text, { nil: null });

const track: fc.Arbitrary<StopTrack> = fc
  .record({
    ...{ level: maybe, extreme: maybe, trailMoves: fc.nat(1_000_000) },
    ...{ limit: fc.option(maybe, { nil: undefined }), isDue: fc.boolean() },
  })
  .map(({ limit, isDue, ...rest }) => ({
    ...rest,
    ...(limit !== undefined && { limit }),
    ...(isDue && { isDue: true as const }),
  }));

const seq = fc.maxSafeNat();
const stop: fc.Arbitrary<KnownStop> = fc
  .record({
    status: fc.constantFrom('armed', 'suspended', 'triggered', 'closed', 'cancelled', 'expired'),
    side: fc.constantFrom('long' as const, 'short' as const),
    ...{ entryPrice: text, quantity: text, armedQuantity: text, track },
    activated: fc.boolean(),
    sessionEndsAtMs: fc.option(seq, { nil: null }),
    entryOrderId: fc.option(fc.constant('O1'), { nil: null }),
    targetsHit: fc.nat(1),
    lastInput: fc
      .tuple(fc.constantFrom('main', 'p1'), fc.nat(), seq)
      .map(([partition, epoch, at]) => ({ partition, epoch, seq: at })),
    movesSince: fc.oneof(fc.nat(3), fc.integer({ min: 65_530, max: 65_540 })),
    lastAtMs: seq,
    account: fc.constantFrom('demo', 'other'),
    position: fc.constantFrom('P1', 'P2', 'unknown'),
    stopId: fc.constantFrom('S1', 'S2', 'S3', 'S4'),
  })
  .map(({ account, position, side, ...more }) => {
    const stamp = { ...STAMP, accountId: account, positionId: position };
    const plan = { stop: d('1'), triggerBy: 'last', dialect: STOPLEDGER_DIALECT } as const;
    return knownStop(side, plan, { ...more, stamp });
  });

function position(positionId: string, more: Partial<KnownPosition> = {}): KnownPosition {
  return {
    ...{ status: 'open', stamp: { ...STAMP, positionId }, side: 'long', quantity: d('10') },
    ...{ entryPrice: d('83.29'), quoteCurrency: 'USDT', venueTradeIds: new Set<string>() },
    ...more,
  };
}

describe('the tables of stops and positions', () => {
  it('give back what a map of objects would', () => {
    fc.assert(
      fc.property(fc.array(stop, { maxLength: 12 }), fc.nat(3), (stops, gone) => {
        const positions = new PositionTable();
        for (const id of ['P1', 'P2']) positions.set(id, position(id));
        const table = new StopTable(positions);
        const map = new Map<string, KnownStop>();
        for (const one of stops) {
          table.set(one.stopId, one);
          map.set(one.stopId, one);
        }
        const forgotten = `S${gone}`;
        table.delete(forgotten);
        map.delete(forgotten);
        expect([...table.keys()]).toStrictEqual([...map.keys()]);
        expect([...table.values()]).toStrictEqual([...map.values()]);
        expect(table.get(forgotten)).toBeUndefined();
        expect(table.size).toBe(map.size);
        const all = [...map.values()];
        const isOpen = ({ status }: KnownStop) => status === 'armed' || status === 'suspended';
        expect([...table.where('armed', 'suspended')]).toStrictEqual(all.filter(isOpen));
        const odd = [...table.odds()];
        expect(odd).toStrictEqual(odd.filter(({ stopId }) => map.get(stopId)));
        const moreThanNumbers = all.filter((one) => one.entryOrderId !== null || one.targetsHit);
        expect(odd).toEqual(expect.arrayContaining(moreThanNumbers));
        expect(new Set([...table.plansOpen()].map(([, plan]) => plan))).toStrictEqual(
          new Set(all.filter(isOpen).map(({ plan }) => plan)),
        );
        const armed = all.filter(({ status }) => status === 'armed').map(({ plan }) => plan);
        expect([...table.idsWith((plan) => armed.includes(plan))]).toStrictEqual(
          all.filter(({ plan }) => armed.includes(plan)).map(({ stopId }) => stopId),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('keep positions with fills, contracts and odd numbers as they are', () => {
    const table = new PositionTable();
    const wanted = [
      position('P1'),
      position('P2', { side: 'short', status: 'closed', quantity: d('0') }),
      position('P3', { venueTradeIds: new Set(['T1']) }),
      position('P4', { contract: { kind: 'linear', multiplier: d('5') } as never }),
      position('P5', { entryPrice: d('0.1234567890123456789') }),
      position('P6', { cost: d('-5') }),
    ];
    for (const one of wanted) table.set(one.stamp.positionId, one);
    expect([...table.values()]).toStrictEqual(wanted);
    expect(table.get('P7')).toBeUndefined();
  });

  it('know whether another position is open in the same book of a venue, with fills or without', () => {
    const own = position('P1');
    const beside = (...others: KnownPosition[]) => {
      const table = new PositionTable();
      for (const one of [own, ...others]) table.set(one.stamp.positionId, one);
      return table.hasOpenBeside(own);
    };
    const elsewhere = { ...own.stamp, positionId: 'P2' };
    expect([
      beside(),
      beside(position('P2', { side: 'short' })),
      beside(position('P2', { status: 'closed' })),
      beside(position('P2', { status: 'closed', venueTradeIds: new Set(['T1']) })),
      beside(position('P2', { stamp: { ...elsewhere, accountId: 'other' } })),
      beside(position('P2', { stamp: { ...elsewhere, instrumentId: 'BINANCE:BTCUSDT' } })),
    ]).toStrictEqual(Array(6).fill(false));
    expect(beside(position('P2'))).toBe(true);
    expect(beside(position('P2', { venueTradeIds: new Set(['T1']) }))).toBe(true);
  });

  it('know the stops of a position in the order of arming', () => {
    const positions = new PositionTable();
    positions.set('P1', position('P1'));
    const table = new StopTable(positions);
    const plan = { stop: d('1'), triggerBy: 'last', dialect: STOPLEDGER_DIALECT } as const;
    for (const stopId of ['S2', 'S1', 'S3']) {
      table.set(stopId, knownStop('long', plan, { stopId }));
      table.join(stopId, 0);
      table.join(stopId, 0);
    }
    table.delete('S1');
    expect(table.idsOf(0)).toStrictEqual(['S2', 'S1', 'S3']);
  });

  it('grow by chunks, without room for twice as many', () => {
    const wide = new RowBytes(128);
    for (let row = 0; row < 5000; row += 1) wide.setF64(row, 120, row);
    expect(wide.f64(4999, 120)).toBe(4999);
    expect(wide.bytesHeld / 5000).toBeLessThan(140);
  });
});
