import type { Fact } from '../../src/domain/facts.js';
import {
  T0,
  aCause,
  aTrack,
  anExit,
  d,
  positionClosed,
  positionOpened,
  positionReduced,
  stopActivated,
  stopArmed,
  stopCancelled,
  stopClosed,
  stopTargetHit,
  stopTriggered,
} from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { trades } from './trades.projection.js';

const armed = stopArmed({ track: aTrack('81.29', '83.29') });
const fired = stopTriggered({
  cause: aCause('82.9', '104'),
  track: aTrack('82.95', '84.64', 5),
});
const closed = positionClosed({
  price: d('82.89'),
  realisedPnl: d('-4'),
  feeAmount: d('0.83'),
  at: T0 + 60_000,
});

function after(...facts: Fact[]) {
  return rowOf(trades, [positionOpened(), ...facts]);
}

describe('a trade', () => {
  it('tells its result, its risk and what its stop did', () => {
    expect(
      after(armed, fired, closed, stopClosed({ track: aTrack('82.95', '84.64', 5) })),
    ).toStrictEqual({
      positionId: 'P1',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      mode: 'paper',
      side: 'long',
      status: 'closed',
      quantity: '10',
      entryPrice: '83.29',
      exitQuantity: '10',
      exitValue: '828.9',
      realised: '-4',
      currency: 'USDT',
      fees: { USDT: '0.83' },
      net: '-4.83',
      initialStop: '81.29',
      initialRisk: '20', // 10 x (83.29 - 81.29)
      rMultiple: '-0.2415', // -4.83 / 20
      bestPrice: '84.64',
      worstPrice: null,
      maxFavourable: '1.35',
      maxAdverse: null,
      pricesSeen: {
        ...{ best: '84.64', worst: '82.89' },
        ...{ isBest: true, isWorst: false, isWatched: true },
      },
      closedByStop: 'S1',
      closedBy: 'stop',
      slippage: '0.6', // 10 x (82.95 - 82.89)
      expected: { 'S1-1-1': '82.95' },
      contract: null,
      openedAt: '2025-06-21T21:31:00.000Z',
      closedAt: '2025-06-21T21:32:00.000Z',
      updatedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it('takes its risk from the first price when it was armed before any', () => {
    const early = stopArmed({ track: aTrack(null, null), reference: null });
    const first = stopActivated({ track: aTrack('82.29', '83.29') });
    expect(after(early)).toMatchObject({ initialStop: null, initialRisk: null });
    expect(after(early, first)).toMatchObject({ initialStop: '82.29', initialRisk: '10' });
    expect(after(stopArmed({ track: aTrack('84', '85') }))).toMatchObject({ initialRisk: null });
  });

  it('adds up exits of parts, whatever they are paid in', () => {
    const target = stopTargetHit({ order: anExit('S1-1-1', '5') });
    const part = positionReduced({
      quantity: d('5'),
      price: d('84.01'),
      realisedPnl: d('3.6'),
      remainingQuantity: d('5'),
      feeAmount: d('0.001'),
      feeCurrency: 'BNB',
    });
    expect(after(armed, target, part)).toMatchObject({
      status: 'open',
      net: '3.6',
      fees: { BNB: '0.001' },
      closedBy: 'target',
      slippage: '0', // 0.01 better than the target, which is not the stop's
      rMultiple: null,
    });
  });

  it('mirrors for a short', () => {
    const short = positionOpened({ side: 'short' });
    const over = stopTriggered({ cause: aCause('85', '104'), track: aTrack('84.9', '82') });
    const out = positionClosed({ side: 'short', price: d('85.1'), realisedPnl: d('-18.1') });
    const row = rowOf(trades, [
      short,
      stopArmed({ side: 'short', track: aTrack('84.29', '83.29') }),
      over,
      out,
    ]);
    expect(row).toMatchObject({
      initialRisk: '10',
      bestPrice: '82',
      worstPrice: null,
      maxFavourable: '1.29',
      maxAdverse: null,
      slippage: '2', // 10 x (85.1 - 84.9)
    });
  });

  it.each(['command', 'timeStop', 'sessionEnd'] as const)(
    'counts what a way out by %s lost against the price it left at, not against its stop',
    (branch) => {
      const left = stopTriggered({ branch, cause: aCause('83', '104') });
      expect(after(armed, left, positionClosed({ price: d('82.9') }))).toMatchObject({
        closedBy: branch,
        slippage: '1', // 10 x (83 - 82.9), its stop far below
      });
      const unseen = stopTriggered({ branch, cause: null });
      expect(after(armed, unseen, positionClosed({ price: d('82.9') }))).toMatchObject({
        slippage: '0',
      });
    },
  );

  describe('how far the market went', () => {
    const fixed = stopArmed({ track: aTrack('80', null) });
    const stopped = stopTriggered({ cause: aCause('79.5', '104'), track: aTrack('80', null) });
    const out = positionClosed({ price: d('79.4'), realisedPnl: d('-38.9') });

    it('is not known of the better side where the stop stood still, and known of the worse', () => {
      expect(after(fixed, stopped, out)).toMatchObject({
        ...{ bestPrice: null, maxFavourable: null },
        ...{ worstPrice: '79.4', maxAdverse: '3.89' },
      });
    });

    it('is known of the better side by a trailing stop, or by the target that took all', () => {
      const trailed = { bestPrice: '84.64', maxFavourable: '1.35', worstPrice: null };
      expect(after(armed, fired, closed)).toMatchObject(trailed);
      const hit = stopTriggered({
        branch: 'target',
        cause: aCause('85', '104'),
        track: aTrack('80', null),
      });
      expect(after(fixed, hit, positionClosed({ price: d('84.9') }))).toMatchObject({
        ...{ bestPrice: '85', maxFavourable: '1.71', worstPrice: null, maxAdverse: null },
      });
    });

    it.each<[string, Fact[]]>([
      ['while the trade is open', [armed, fired]],
      ['by a stop that was taken away', [armed, stopCancelled(), armed, fired, out]],
      ['by an order of somebody else', [armed, fired, positionClosed({ orderId: 'other-1' })]],
    ])('is not known %s', (_, facts) => {
      expect(after(...facts)).toMatchObject({
        ...{ bestPrice: null, worstPrice: null, maxFavourable: null, maxAdverse: null },
      });
    });

    it('is not known by a stop that lets a single price pass', () => {
      const twice = stopArmed({
        track: aTrack('80', null),
        plan: { ...armed.data.plan, confirm: 'double' },
      });
      expect(after(twice, stopped, out)).toMatchObject({ worstPrice: null, maxAdverse: null });
    });
  });

  it('lets no target make up for what the stop lost', () => {
    const target = stopTargetHit({ order: anExit('S1-1-1', '5') });
    const part = positionReduced({ quantity: d('5'), price: d('84.5'), remainingQuantity: d('5') });
    const rest = stopTriggered({
      ...{ cause: aCause('81', '105'), track: aTrack('81.29', '84.5') },
      order: anExit('S1-2-1', '5'),
    });
    const last = positionClosed({ orderId: 'S1-2-1', quantity: d('5'), price: d('81.09') });
    expect(after(armed, target, part, rest, last)).toMatchObject({
      slippage: '1', // 5 x (81.29 - 81.09)
    });
  });

  it('begins with its position', () => {
    expect(() => rowOf(trades, [armed])).toThrow('a position is opened before anything else');
  });
});
