import { LTC, PartitionFixture, T0, ulidOf } from '../../test/support/partition-fixture.js';

const CASH = {
  kind: 'MoveCash',
  accountId: 'demo',
  entryId: 'fund-1',
  cashKind: 'funding',
  amount: '-0.250',
  currency: 'USDT',
  instrumentId: LTC,
} as const;

type Bare = Parameters<PartitionFixture['command']>[0];

/** What the command came to, and the facts that it made. */
function told(fixture: PartitionFixture, command: Bare) {
  const before = fixture.decisions.length;
  const result = fixture.command(command);
  return { result, facts: fixture.decisions.slice(before).map(({ fact }) => fact) };
}

function codesOf(command: Bare, ...before: readonly Bare[]): readonly string[] {
  const fixture = PartitionFixture.ready();
  for (const each of before) fixture.command(each);
  const { result } = told(fixture, command);
  return result.kind === 'rejected' ? result.problems.map(({ code }) => code) : [];
}

describe('the books of an account', () => {
  it('take what a statement says, in canonical decimals', () => {
    const { facts } = told(PartitionFixture.ready(), {
      ...CASH,
      bookedAtMs: T0 - 5000,
    });
    expect(facts).toMatchObject([
      {
        type: 'CashMoved',
        data: {
          accountId: 'demo',
          entryId: 'fund-1',
          kind: 'funding',
          amount: '-0.25',
          currency: 'USDT',
          instrumentId: LTC,
          bookedAtMs: T0 - 5000,
          at: T0,
        },
      },
    ]);
  });

  it('take no booking of a time to come, but for what two clocks differ by', () => {
    const minute = 60_000;
    expect(codesOf({ ...CASH, bookedAtMs: T0 + 5 * minute })).toStrictEqual([]);
    expect(codesOf({ ...CASH, bookedAtMs: -1 })).toStrictEqual(['BOOKED_TOO_EARLY']);
    const early = { ...CASH, bookedAtMs: T0 + 5 * minute + 1 };
    expect(told(PartitionFixture.ready(), early)).toMatchObject({
      result: {
        problems: [
          {
            code: 'BOOKED_IN_FUTURE',
            field: 'bookedAt',
            rule: 'must not lie more than 5 minutes ahead',
            value: new Date(T0 + 5 * minute + 1).toISOString(),
          },
        ],
      },
      facts: [],
    });
  });

  it('count an entry once', () => {
    expect(codesOf(CASH, CASH)).toStrictEqual(['ENTRY_BOOKED']);
  });

  it.each([
    ['deposit', '-1', ['WRONG_SIGN']],
    ['withdrawal', '1', ['WRONG_SIGN']],
    ['fee', '1', ['WRONG_SIGN']],
    ['funding', '0.00', ['WRONG_SIGN']],
    ['dividend', '1e3', ['NOT_A_DECIMAL']],
    ['withdrawal', '-1', []],
    ['deposit', '1', []],
    ['dividend', '-3', []],
  ] as const)('judge a %s of %s: %s', (cashKind, amount, codes) => {
    expect(codesOf({ ...CASH, cashKind, amount })).toStrictEqual(codes);
  });

  it('name every problem at once', () => {
    const wrong = { ...CASH, entryId: '', currency: 'usd!', amount: 'x', instrumentId: 'NO:WHERE' };
    expect(codesOf(wrong)).toStrictEqual([
      'BAD_FORM',
      'BAD_FORM',
      'NOT_A_DECIMAL',
      'INSTRUMENT_UNKNOWN',
    ]);
    expect(codesOf({ ...CASH, accountId: 'nobody' })).toStrictEqual(['ACCOUNT_UNKNOWN']);
  });

  it('are kept as was chosen, and converted as was stated', () => {
    const fixture = PartitionFixture.ready();
    const chosen = { kind: 'ChooseCostBasis', accountId: 'demo', costBasis: 'average' } as const;
    expect(told(fixture, chosen).facts).toMatchObject([{ type: 'CostBasisChosen' }]);
    const stated = {
      kind: 'StateConversionRate',
      accountId: 'demo',
      currency: 'BNB',
      inCurrency: 'USDT',
      rate: '642.10',
      source: 'venue close',
    } as const;
    expect(told(fixture, stated).facts).toMatchObject([
      { type: 'ConversionRateStated', data: { rate: '642.1' } },
    ]);
    expect(codesOf({ ...stated, rate: '0', inCurrency: 'BNB' })).toStrictEqual([
      'NOT_POSITIVE',
      'SAME_CURRENCY',
    ]);
  });
});

describe('a contract', () => {
  const coin = {
    kind: 'inverse',
    multiplier: '100.0',
    baseCurrency: 'BTC',
    settlementCurrency: 'BTC',
  } as const;
  const perpetual = {
    kind: 'DefineInstrument',
    instrumentId: 'BINANCE_COINM:BTCUSD_PERP',
    symbol: 'BTCUSD_PERP',
    priceTick: '0.1',
    quantityStep: '1',
    quoteCurrency: 'USD',
    feeds: ['main'],
    contract: coin,
  } as const;

  it('is stamped into the definition and into every position on it', () => {
    const fixture = PartitionFixture.ready();
    expect(told(fixture, perpetual).facts).toMatchObject([
      { type: 'InstrumentDefined', version: 2, data: { contract: { multiplier: '100' } } },
    ]);
    // The same once more is no news.
    expect(told(fixture, perpetual).facts).toStrictEqual([]);
    const opened = told(fixture, {
      kind: 'OpenPosition',
      positionId: ulidOf(1),
      accountId: 'demo',
      instrumentId: perpetual.instrumentId,
      side: 'long',
      quantity: '100',
      entryPrice: '50000',
    });
    expect(opened.facts).toMatchObject([
      { type: 'PositionOpened', version: 2, data: { contract: { kind: 'inverse' } } },
    ]);
  });

  it('is paid in coins when it is inverse, and never multiplies by nothing', () => {
    const wrong = { ...coin, multiplier: '0', settlementCurrency: 'USD' } as const;
    expect(codesOf({ ...perpetual, contract: wrong } satisfies Bare)).toStrictEqual([
      'NOT_POSITIVE',
      'NOT_THE_BASE',
    ]);
  });
});
