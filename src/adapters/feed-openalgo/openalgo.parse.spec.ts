import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withNumbersAsText } from './exact-json.parse.js';
import { OpenAlgoParser } from './openalgo.parse.js';

const T0 = 1_748_428_245_500;
const parser = new OpenAlgoParser('broker', [
  { instrumentId: 'NSE:RELIANCE', exchange: 'NSE', symbol: 'RELIANCE', priceScale: 2 },
]);

function fixture(name: string): string {
  return readFileSync(join(__dirname, 'fixtures', `${name}.json`), 'utf8');
}

const HEAD = {
  ...{ instrumentId: 'NSE:RELIANCE', feed: 'broker', receivedAtMs: T0, verdict: 'good' },
} as const;

describe('a frame of OpenAlgo', () => {
  it('in mode ltp is a trade without an id', () => {
    expect(parser.parse(fixture('ltp'), T0)).toStrictEqual({
      kind: 'ticks',
      ticks: [
        {
          ...HEAD,
          ...{ kind: 'trade', priceUnits: 142_405, size: '1', tradeId: '' },
          venueTimeMs: 1_748_428_245_123,
        },
      ],
    });
  });

  it('in mode quote names its symbol in the data, its time as text, its last quantity', () => {
    expect(parser.parse(fixture('quote'), T0)).toStrictEqual({
      kind: 'ticks',
      ticks: [
        {
          ...HEAD,
          ...{ kind: 'trade', priceUnits: 142_400, size: '50', tradeId: '' },
          venueTimeMs: 1_748_428_245_123,
        },
      ],
    });
  });

  it('in mode depth is a trade and the best bid and ask', () => {
    const venueTimeMs = 1_748_428_245_000;
    expect(parser.parse(fixture('depth'), T0)).toStrictEqual({
      kind: 'ticks',
      ticks: [
        { ...HEAD, ...{ kind: 'trade', priceUnits: 142_400, size: '1', tradeId: '' }, venueTimeMs },
        {
          ...HEAD,
          ...{ kind: 'quote', bidUnits: 142_390, askUnits: 142_410, bidSize: '50', askSize: '47' },
          ...{ sequence: '', venueTimeMs },
        },
      ],
    });
  });

  it.each([
    ['{"type":"auth","status":"success"}', 'control'],
    ['{"type":"subscribe","status":"success","subscriptions":[]}', 'control'],
    ['{"type":"subscribe","status":"partial","subscriptions":[]}', 'subscription-refused'],
    ['{"status":"error","code":"NOT_AUTHENTICATED","message":"x"}', 'error-message'],
    ['{"type":"news"}', 'unknown-message'],
    ['[]', 'not-an-object'],
    ['{', 'not-json'],
  ])('%s is %s', (text, what) => {
    const frame = parser.parse(text, T0);
    expect(frame.kind === 'refused' ? frame.reason : frame.kind).toBe(what);
  });

  it('without a time has that of its arrival, and says so', () => {
    const text = fixture('ltp').replace('1748428245123', 'null');
    expect(parser.parse(text, T0)).toMatchObject({
      ...{ kind: 'ticks', isUntimed: true, ticks: [{ venueTimeMs: T0, receivedAtMs: T0 }] },
    });
  });

  it('tells which symbols are not brought, and why', () => {
    const refusal = { exchange: 'NSE', symbol: 'RELIANCE', status: 'error', message: 'no token' };
    const others = [
      { exchange: 'NSE', symbol: 'UNKNOWN', status: 'error', message: 'x' },
      { exchange: 'NSE', symbol: 'RELIANCE', status: 'success' },
      ...[null, 7, {}],
    ];
    const answer = { type: 'subscribe', status: 'partial', subscriptions: [...others, refusal] };
    expect(parser.parse(JSON.stringify(answer), T0)).toStrictEqual({
      ...{ kind: 'refused', reason: 'subscription-refused' },
      without: [{ instrumentId: 'NSE:RELIANCE', reason: 'no token' }],
    });
  });

  it.each([
    ['"RELIANCE"', '"TCS"', 'unknown-symbol'],
    ['1424.05', '"1424.05e0"', 'bad-price'],
    ['1424.05', '-1424.05', 'bad-price'],
    ['1424.05', '1424.0500000001', 'bad-price'],
    ['1424.05', 'null', 'no-price'],
    ['1748428245123', '"yesterday"', 'bad-time'],
    ['1748428245123', '12', 'bad-time'],
  ])('with %s as %s is refused: %s', (from, to, reason) => {
    const text = fixture('ltp').replace(from, to);
    expect(parser.parse(text, T0)).toStrictEqual({ kind: 'refused', reason });
  });
});

it.each([
  ['{"a":1424.10,"b":[-1,2e5],"c":"1 \\" 2"}', '{"a":"1424.10","b":["-1","2e5"],"c":"1 \\" 2"}'],
  ['{"a":"x"}', '{"a":"x"}'],
  ['0.1', '"0.1"'],
  ['"12', '"12'],
])('numbers of %s are kept as the text that was sent', (json, wanted) => {
  expect(withNumbersAsText(json)).toBe(wanted);
});
