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
    [{ steps: [{}, {}, { filled_qty: '1' }] }, 'needs filled_qty of a step'],
    [{ released_as: 'LIMIT' }, 'released_as expected "LIMIT", was MARKET'],
    [{ fills: [] }, 'fills expected none, was an order'],
    [{ fills: [{ px: '56' }] }, 'needs fills'],
    [{ liquidity: 'TAKER' }, 'needs liquidity'],
    [{}, 'asserts nothing'],
  ])('fails with its first difference: %j', (expected, reason) => {
    expect(check({ expect: expected })).toBe(reason);
  });

  it.each([
    [{ kind: 'step_trailing' }, 'kind not built yet'],
    [{ id: 'other-001' }, 'needs the dialect of other'],
    [{ side: 'BOTH' }, 'needs the side BOTH'],
    [{ params: { ...TRAILED.params, leverage: '5' } }, 'needs the parameter leverage'],
    [{ params: { ...TRAILED.params, trail_type: 'atr' } }, 'needs trail_type atr'],
    [{ params: { ...TRAILED.params, trigger_source: 'index' } }, 'needs trigger_source index'],
    [{ ticks: [{ ohlc: ['1', '1', '1', '1'] }] }, 'needs bars'],
    [{ ticks: [{ bid: null, ask: '50' }] }, 'needs one-sided quotes'],
    [{ ticks: [{ last: '50', stale: true }] }, 'needs the tick field stale'],
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
    const low = { ticks: [{ last: '52.9' }], expect: { stop: '40', triggered: false } };
    const high = { ticks: [{ last: '53' }], expect: { extreme: '53', stop: '51' } };
    expect([check({ ...change, ...low }), check({ ...change, ...high })]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

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
