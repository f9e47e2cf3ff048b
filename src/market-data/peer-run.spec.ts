import { CaseFileUnreadable } from './outcome-cases.js';
import { parsePeerCases } from './peer-cases.js';
import { checkPeer } from './peer-run.js';

const TRAILED = {
  id: 'flox-900',
  kind: 'trailing_stop_market',
  side: 'SELL',
  params: { trail: '4', trail_type: 'price', trigger_source: 'last' },
  ticks: [{ last: '50' }, { last: '60.5' }, { last: '56' }],
  expect: {
    steps: [{ stop: '46' }, { stop: '56.50', triggered: false }, { triggered: true }],
    stop: '56.5',
    trigger_index: 2,
  },
};

function check(change: object): string | undefined {
  const [entry] = parsePeerCases(JSON.stringify([{ ...TRAILED, ...change }]));
  if (entry?.kind !== 'case') throw new Error(JSON.stringify(entry));
  return checkPeer(entry.peerCase);
}

describe('a case of another engine', () => {
  it('passes when our engine gives every value that it asserts', () => {
    expect(check({})).toBeUndefined();
  });

  it.each([
    [{ stop: '56.4' }, 'stop expected "56.4", was 56.5'],
    [{ triggered: false }, 'triggered expected false, was true'],
    [{ trigger_index: null }, 'trigger_index expected null, was 2'],
    [{ steps: [{}, { stop: '56' }, {}] }, 'steps.1.stop expected "56", was 56.5'],
    [{ steps: [{}] }, 'steps expected 1, was 3'],
    [{ steps: [{}, {}, { filled_qty: '2' }] }, 'steps.2.filled_qty expected "2", was 1'],
    [{ steps: [{}, { mood: 'good' }, {}] }, 'needs steps.1.mood'],
    [{ released_as: 'LIMIT' }, 'released_as expected "LIMIT", was MARKET'],
    [{ fills: [] }, 'fills expected 0, was 1'],
    [{ fills: [{ px: '56.5' }] }, 'fills.0.px expected "56.5", was 56'],
    [{ liquidity: 'MAKER' }, 'liquidity expected "MAKER", was TAKER'],
    [{ weather: 'fine' }, 'needs weather'],
    [{}, 'asserts nothing'],
  ])('fails with its first difference: %j', (expected, reason) => {
    expect(check({ expect: expected })).toBe(reason);
  });

  it.each([
    [{ kind: 'seance' }, 'needs the kind seance'],
    [{ id: 'other-001' }, 'needs the dialect of other'],
    [{ side: 'BOTH' }, 'needs the parameter stop'],
    [{ params: { ...TRAILED.params, leverage: '5' } }, 'needs the parameter leverage'],
    [{ params: { ...TRAILED.params, trail_type: 'atr' } }, 'needs trail_type atr'],
    [{ params: { ...TRAILED.params, trigger_source: 'moon' } }, 'needs trigger_source moon'],
    [{ ticks: [{ ohlc: ['1', '1'] }] }, 'needs ohlc ["1","1"]'],
    [{ ticks: [{ last: '50', rumour: true }] }, 'needs the tick field rumour'],
  ])('fails with what our engine lacks for it: %j', (change, reason) => {
    expect(check(change)).toBe(reason);
  });

  it('is judged by the rules of its source', () => {
    const touched = { kind: 'stop_market', params: { stop: '50' }, ticks: [{ last: '50' }] };
    const fired = { ...touched, expect: { triggered: true, released_as: 'MARKET' } };
    const spared = { ...touched, expect: { triggered: false } };
    expect([check(fired), check({ ...spared, id: 'lean-900' })]).toEqual([undefined, undefined]);
    const equity = { ...fired, id: 'lean-901', semantics: { data: 'trades' } };
    expect(check(equity)).toBeUndefined();
    const quoted = { id: 'nautilus-900', ticks: [{ bid: '50', ask: '49' }, { last: '40' }] };
    expect(check({ ...fired, ...quoted })).toBeUndefined();
    expect(check({ ...spared, ...quoted, side: 'BUY' })).toBeUndefined();
  });

  it('trails from the least profit on where its source asks for one', () => {
    const change = {
      id: 'openalgo-900',
      kind: 'stop_target_trail',
      params: { entry: '50', initial_stop: '40', trail: '2', trail_type: 'price' },
      semantics: { min_trail_profit: '3' },
    };
    const low = {
      ticks: [{ last: '52.9' }, { last: '52' }],
      expect: { stop: '40', triggered: false, extreme: '52.9' },
    };
    const high = { ticks: [{ last: '53' }], expect: { extreme: '53', stop: '51' } };
    expect([check({ ...change, ...low }), check({ ...change, ...high })]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

/** Cases of other kinds, each with an expectation that holds. */
const OTHERS = [
  {
    id: 'nautilus-901',
    kind: 'trailing_stop_limit',
    params: {
      ...{ tick_size: '0.05', trail: '1', trail_type: 'price', limit_offset: '0.5', qty: '3' },
      ...{ trigger_source: 'bid_ask', submit_after_index: 0 },
    },
    ticks: [
      { bid: '20', ask: '20.05' },
      { bid: '21', ask: '21.05' },
      { bid: '20', ask: '20.05' },
      { bid: '20.5', ask: '20.55', bid_size: '2' },
    ],
    expect: {
      steps: [
        { stop: '19' },
        { stop: '20', limit: '20.5' },
        { triggered: true },
        { filled_qty: '2' },
      ],
      ...{ released_as: 'LIMIT', trigger_index: 2 },
    },
  },
  {
    id: 'vectorbt-900',
    kind: 'trailing_stop_market',
    params: { entry: '10', entry_index: 0, trail: '0.2', trail_type: 'fraction' },
    ticks: [
      { ohlc: ['9', '30', '8', '10'] },
      { ohlc: ['10', '12', '9', '11'] },
      { ohlc: ['9.5', '11', '9.4', '10'] },
    ],
    expect: { trigger_index: 2, fills: [{ px: '9.5' }] },
  },
  {
    id: 'robson-900',
    kind: 'step_trailing',
    params: { entry: '100', initial_stop: '95', step: '3' },
    ticks: [{ last: '105.9' }, { last: '106' }, { last: '101' }],
    expect: { steps: [{ stop: '98' }, { stop: '101' }, { triggered: true }] },
  },
  {
    id: 'freqtrade-900',
    kind: 'trailing_stop_tightening',
    params: {
      ...{
        entry: '50',
        base_stop_pct: '0.1',
        trailing_positive_pct: '0.02',
        positive_offset: '0.1',
      },
    },
    ticks: [{ last: '55' }, { last: '55.1' }, { last: '53.9' }],
    expect: { steps: [{ stop: '49.5' }, { stop: '53.998' }, { triggered: true }] },
  },
  {
    id: 'hummingbot-900',
    kind: 'triple_barrier',
    params: { entry: '100', tp_pct: '0.02', stop_pct: '0.02', time_limit_s: '10', fee_quote: '1' },
    ticks: [
      { last: '102.9', t_s: '5' },
      { last: '103', t_s: '6' },
    ],
    expect: { close_type: 'TAKE_PROFIT', trigger_index: 1, trade_pnl_pct: '0.03' },
  },
  {
    id: 'lean-900',
    kind: 'trailing_drawdown_exit',
    params: { max_drawdown: '0.1', entry: '10', qty: '2' },
    ticks: [
      { last: '20', invested: true },
      { last: '18', invested: true },
      { last: '17.9', invested: true },
    ],
    expect: { liquidate: [false, false, true], trigger_index: 2 },
  },
  {
    id: 'freqtrade-901',
    kind: 'candle_exit_precedence',
    params: { stop_pct: '0.05', roi: { '0': '0.5' }, trailing: true },
    ticks: [
      { ohlc: ['100', '100', '100', '100'], enter_short: true },
      { ohlc: ['100', '101', '80', '81'] },
      { ohlc: ['82', '86', '81', '85'] },
    ],
    expect: {
      trades: [{ reason: 'TRAILING_STOP_LOSS', open_index: 1, close_index: 1 }],
      profit_ratio_sum: '-0.01',
    },
    side: 'BUY',
  },
];

describe('a case of any kind', () => {
  it.each(OTHERS)('passes by its rules: $id $kind', (other) => {
    expect(check(other)).toBeUndefined();
  });

  it.each(OTHERS)('fails when any value that it asserts is another one: $id', (other) => {
    for (const altered of alterations(other.expect)) {
      expect([altered, check({ ...other, expect: altered })]).not.toContain(undefined);
    }
  });
});

/** The expectation with each of its values changed in turn. */
function alterations(value: unknown): readonly object[] {
  const change = (one: unknown): readonly unknown[] => {
    if (Array.isArray(one)) {
      return one.flatMap((item: unknown, at) =>
        change(item).map((changed) =>
          one.map((old: unknown, index) => (index === at ? changed : old)),
        ),
      );
    }
    if (typeof one === 'object' && one !== null) {
      return Object.entries(one).flatMap(([key, item]) =>
        change(item).map((changed) => ({ ...one, [key]: changed })),
      );
    }
    if (typeof one === 'boolean') return [!one];
    return [typeof one === 'number' ? one + 1 : `${String(one)}1`];
  };
  return change(value) as readonly object[];
}

describe('a file of cases of other engines', () => {
  it('keeps a case that cannot be read in the list, with the reason', () => {
    const entries = parsePeerCases(JSON.stringify([TRAILED, { id: 'W' }, 7]));
    expect(entries.map((entry) => (entry.kind === 'case' ? 'case' : entry.id))).toEqual([
      'case',
      'W',
      '#2',
    ]);
  });

  it('is refused as a whole when it is not of the form', () => {
    expect(() => parsePeerCases('{')).toThrow(CaseFileUnreadable);
    expect(() => parsePeerCases('{"cases":[]}')).toThrow(CaseFileUnreadable);
  });
});
