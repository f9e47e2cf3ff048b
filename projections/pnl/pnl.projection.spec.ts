import fc from 'fast-check';
import type { Fact } from '../../src/domain/facts.js';
import type { Contract } from '../../src/domain/kernel/contract.js';
import {
  ZERO,
  add,
  decimal,
  formatDecimal,
  multiply,
  negate,
  subtract,
} from '../../src/domain/kernel/decimal.js';
import type { Decimal } from '../../src/domain/kernel/decimal.js';
import { exitBy, isFlatAfter, positionFold } from '../../src/domain/position/position-state.js';
import type { PositionState } from '../../src/domain/position/position-state.js';
import { openFlow } from '../../src/domain/pnl/cost-book.js';
import {
  T0,
  cashMoved,
  d,
  positionClosed,
  positionOpened,
  positionReduced,
} from '../../test/support/event-builders.js';
import { folding } from '../../test/support/folding.js';
import { pnl } from './pnl.projection.js';
import type { PnlRow } from './pnl.projection.js';

const DAY_MS = 86_400_000;
const opened = positionOpened();
const part = positionReduced({ quantity: d('4'), remainingQuantity: d('6'), feeAmount: d('0.3') });
const rest = positionClosed({ quantity: d('6'), price: d('85.04'), feeAmount: d('0.5') });

function rowsOf(...facts: Fact[]): Readonly<Record<string, PnlRow>> {
  return Object.fromEntries(folding(pnl, facts).map((row) => [row.pnlId, row]));
}

describe('the P&L', () => {
  it('is exact for an entry price of as many digits as a database of decimals gives', () => {
    const entryPrice = d('74.33333333333333333333333333333333');
    const quantity = d('12345.678');
    const rows = rowsOf(
      positionOpened({ entryPrice, quantity }),
      positionClosed({ ...rest.data, quantity, price: d('72.9'), feeAmount: d('0') }),
    );
    // 12345.678 x (72.9 - 74.33…)
    const realised = '-17695.47179999999999999999999999995884774';
    expect(rows['demo|BINANCE:LTCUSDT|USDT|all']).toMatchObject({
      realisedFifo: realised,
      realisedAverage: realised,
      openQuantity: '0',
    });
  });

  it('adds up what was realised, keeps the fees apart and knows what is held', () => {
    const rows = rowsOf(opened, part);
    expect(rows['demo|BINANCE:LTCUSDT|USDT|all']).toStrictEqual({
      pnlId: 'demo|BINANCE:LTCUSDT|USDT|all',
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      currency: 'USDT',
      span: 'all',
      startsOn: null,
      realisedFifo: '-7', // 4 x (81.54 - 83.29)
      realisedAverage: '-7',
      fees: '0.3',
      funding: '0',
      dividends: '0',
      exits: 1,
      closedTrades: 0,
      openQuantity: '6',
      holding: {
        fifo: [{ quantity: '6', flow: '-499.74' }], // 6 x 83.29
        average: [{ quantity: '6', flow: '-499.74' }],
        contract: null,
      },
      updatedAt: '2025-06-21T21:31:00.000Z',
    });
  });

  it('sells what the account bought first, whichever position it left: the example of docs/reference/pnl.md', () => {
    const [first, second] = (['80', '90'] as const).map((price, at) =>
      positionOpened({ positionId: `P${at}`, quantity: d('1'), entryPrice: d(price) }),
    );
    const [left, leftToo] = (['P1', 'P0'] as const).map((positionId) =>
      positionClosed({ positionId, quantity: d('1'), price: d('85'), feeAmount: d('0') }),
    );
    const grossAfter = (...exits: Fact[]) => {
      const row = rowsOf(first!, second!, ...exits)['demo|BINANCE:LTCUSDT|USDT|all'];
      return [row?.realisedFifo, row?.realisedAverage];
    };
    expect(grossAfter(left!)).toStrictEqual(['5', '0']);
    expect(grossAfter(left!, leftToo!)).toStrictEqual(['0', '0']);
  });

  it('stands by day and by week, too', () => {
    const monday = positionClosed({ ...rest.data, at: T0 + 2 * DAY_MS });
    const rows = rowsOf(opened, part, monday);
    const spans = Object.values(rows).map(({ pnlId, realisedFifo, closedTrades }) => [
      pnlId.replace('demo|BINANCE:LTCUSDT|USDT|', ''),
      realisedFifo,
      closedTrades,
    ]);
    expect(spans).toStrictEqual([
      ['all', '3.5', 1], // -7 + 6 x (85.04 - 83.29)
      ['day|2025-06-21', '-7', 0],
      ['week|2025-06-16', '-7', 0],
      ['day|2025-06-23', '10.5', 1],
      ['week|2025-06-23', '10.5', 1],
    ]);
  });

  it('counts the oldest first or an equal share, both at once', () => {
    const second = positionOpened({ positionId: 'P2', entryPrice: d('81.29') });
    const row = rowsOf(opened, second, part)['demo|BINANCE:LTCUSDT|USDT|all'];
    // 4 x (81.54 - 83.29) and 4 x (81.54 - 82.29)
    expect([row?.realisedFifo, row?.realisedAverage]).toStrictEqual(['-7', '-3']);
  });

  it('keeps a fee in a third currency in a row of its own: nothing is converted', () => {
    const inBnb = positionClosed({ ...rest.data, feeAmount: d('0.001'), feeCurrency: 'BNB' });
    const rows = rowsOf(opened, part, inBnb);
    expect(rows['demo|BINANCE:LTCUSDT|USDT|all']).toMatchObject({ fees: '0.3', exits: 2 });
    expect(rows['demo|BINANCE:LTCUSDT|BNB|all']).toMatchObject({
      realisedFifo: '0',
      fees: '0.001',
      exits: 0,
      holding: null,
    });
  });

  it('counts a fee in coins as a sale of them', () => {
    const buy = positionOpened({ contract: SPOT, version: 2 } as object);
    const sale = positionReduced({
      ...part.data,
      feeAmount: d('0.01'),
      feeCurrency: 'LTC',
      contract: SPOT,
    });
    expect(rowsOf(buy, sale)['demo|BINANCE:LTCUSDT|USDT|all']).toMatchObject({
      realisedFifo: '-7.0175', // 4.01 x (81.54 - 83.29)
      fees: '0.8154', // 0.01 x 81.54
      openQuantity: '5.99',
    });
    expect(rowsOf(buy, sale)['demo|BINANCE:LTCUSDT|LTC|all']).toBeUndefined();
  });

  it('counts cash of a statement on the day and in the week of its booking, not of its entry', () => {
    const late = cashMoved({ bookedAtMs: Date.parse('2025-06-14T23:59:59.999Z') });
    const ids = folding(pnl, [late]).map(({ pnlId }) => pnlId);
    const stem = 'demo|BINANCE:LTCUSDT|USDT';
    expect(ids).toStrictEqual([`${stem}|all`, `${stem}|day|2025-06-14`, `${stem}|week|2025-06-09`]);
  });

  it('takes funding, dividends and fees from the statement, and no deposit for a gain', () => {
    const rows = rowsOf(
      cashMoved(),
      cashMoved({ entryId: 'E2', kind: 'dividend', amount: d('3') }),
      cashMoved({ entryId: 'E3', kind: 'fee', amount: d('-0.5'), instrumentId: null }),
      cashMoved({ entryId: 'E4', kind: 'deposit', amount: d('1000') }),
    );
    expect(rows['demo|BINANCE:LTCUSDT|USDT|all']).toMatchObject({
      funding: '-0.25',
      dividends: '3',
    });
    expect(rows['demo||USDT|all']).toMatchObject({ fees: '0.5', instrumentId: null });
  });

  it.each(['fifo', 'average'] as const)(
    'by %s is the change of cash, whatever was traded',
    (basis) => {
      fc.assert(
        fc.property(
          fc.array(aStep, { maxLength: 25 }),
          fc.constantFrom(...CONTRACTS),
          (steps, contract) => {
            const { facts, cash } = played(steps, contract);
            const settlement = contract?.settlementCurrency ?? 'USDT';
            const rows = rowsOf(...facts);
            const all = rows[`demo|BINANCE:LTCUSDT|${settlement}|all`];
            if (!all) return expect(facts).toStrictEqual([]);
            const realised = decimal(basis === 'fifo' ? all.realisedFifo : all.realisedAverage);
            const net = subtract(realised, decimal(all.fees));
            const open = openFlow(all.holding?.[basis] ?? []);
            expect(formatDecimal(add(net, open))).toBe(formatDecimal(cash));
            for (const span of ['day', 'week']) {
              const parts = Object.values(rows).filter(
                (row) => row.span === span && row.currency === settlement,
              );
              const sum = parts.reduce((total, row) => add(total, decimal(row.realisedFifo)), ZERO);
              expect(formatDecimal(sum)).toBe(all.realisedFifo);
            }
          },
        ),
        { numRuns: 300 },
      );
    },
  );
});

const SPOT: Contract = {
  kind: 'spot',
  multiplier: d('1'),
  baseCurrency: 'LTC',
  settlementCurrency: 'USDT',
};
const CONTRACTS = [
  undefined,
  SPOT,
  { ...SPOT, kind: 'linear' as const, multiplier: d('0.1') },
  { ...SPOT, kind: 'inverse' as const, multiplier: d('10'), settlementCurrency: 'LTC' },
];

interface Step {
  readonly position: number;
  readonly side: 'long' | 'short';
  readonly lots: number;
  readonly cents: number;
  readonly feeUnits: number;
  readonly isFeeInKind: boolean;
  readonly days: number;
}
const aStep: fc.Arbitrary<Step> = fc.record({
  position: fc.integer({ min: 1, max: 4 }),
  side: fc.constantFrom('long', 'short'),
  lots: fc.integer({ min: 1, max: 5_000 }),
  cents: fc.integer({ min: 100, max: 1_000_000 }),
  feeUnits: fc.integer({ min: -50, max: 400 }),
  isFeeInKind: fc.boolean(),
  days: fc.integer({ min: 0, max: 10 }),
});

/**
 * Opens positions and exits parts of them, as the engine writes it down. Cash is counted here in the plainest way: what
 * each trade paid and brought, less the fees; a fee in coins takes no cash.
 */
function played(steps: readonly Step[], contract: Contract | undefined) {
  const facts: Fact[] = [];
  const states = new Map<string, PositionState>();
  let cash = ZERO;
  let at = T0;
  for (const [index, step] of steps.entries()) {
    at += step.days * DAY_MS;
    const positionId = `P${String(step.position)}`;
    const state = states.get(positionId);
    const price = formatDecimal({ units: BigInt(step.cents), scale: 2 });
    if (!state || state.status !== 'open') {
      const quantity = formatDecimal({ units: BigInt(step.lots), scale: 3 });
      const fact = positionOpened({
        positionId,
        side: step.side,
        quantity,
        entryPrice: price,
        at,
        ...(contract && { contract }),
      });
      facts.push(fact);
      states.set(positionId, positionFold.evolve({ status: 'absent' }, fact));
      cash = add(cash, plainFlow(contract, step.side === 'long', quantity, price));
      continue;
    }
    const open = decimal(state.quantity);
    const lots = BigInt(step.lots) % (open.units * 10n ** BigInt(3 - open.scale));
    const quantity = lots === 0n ? state.quantity : formatDecimal({ units: lots, scale: 3 });
    const fee = formatDecimal({ units: BigInt(step.feeUnits), scale: 3 });
    const inKind = step.isFeeInKind && contract?.kind === 'spot';
    const exit = exitBy(state, {
      orderId: `O${String(index)}`,
      venueTradeId: `V${String(index)}`,
      quantity,
      price,
      feeAmount: fee,
      feeCurrency: inKind ? 'LTC' : (contract?.settlementCurrency ?? 'USDT'),
    });
    if (!exit) continue;
    const stamped = { positionId, at, ...exit };
    const fact = isFlatAfter(exit) ? positionClosed(stamped) : positionReduced(stamped);
    facts.push(fact);
    states.set(positionId, positionFold.evolve(state, fact));
    cash = add(cash, plainFlow(contract, state.side === 'short', quantity, price));
    if (!inKind) cash = subtract(cash, decimal(fee));
  }
  return { facts, cash };
}

function plainFlow(
  contract: Contract | undefined,
  isBuy: boolean,
  quantity: string,
  price: string,
): Decimal {
  const size = multiply(decimal(quantity), decimal(contract?.multiplier ?? '1'));
  if (contract?.kind !== 'inverse') {
    const value = multiply(size, decimal(price));
    return isBuy ? negate(value) : value;
  }
  // To 18 digits, half to even, as the books do it; everything else about it is written anew.
  const scale = 18 + 2 - size.scale;
  const numerator = size.units * 10n ** BigInt(scale);
  const divisor = decimal(price).units * 10n ** BigInt(2 - decimal(price).scale);
  const [whole, left] = [numerator / divisor, (numerator % divisor) * 2n];
  const units = left > divisor || (left === divisor && whole % 2n === 1n) ? whole + 1n : whole;
  const value = { units, scale: 18 };
  return isBuy ? value : negate(value);
}
