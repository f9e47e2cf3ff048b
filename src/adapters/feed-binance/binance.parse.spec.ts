import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { BinanceParser, FRAME_CHARS_MAX } from './binance.parse.js';
import type { ParsedFrame } from './parsed-frame.js';

const T0 = 1_750_541_280_000;
const FIXTURES = join(__dirname, 'fixtures');

/** The frame as the venue sent it: without the blanks that the formatter of the repository puts in. */
function fixture(name: string): string {
  return JSON.stringify(JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')));
}

const parser = new BinanceParser('main', [
  { instrumentId: 'BINANCE:LTCUSDT', symbol: 'LTCUSDT', priceScale: 2 },
  { instrumentId: 'BINANCE:BTCUSDT', symbol: 'BTCUSDT', priceScale: 2 },
  { instrumentId: 'BINANCE_COINM:BTCUSD_PERP', symbol: 'BTCUSD_PERP', priceScale: 1 },
]);

const LTC = {
  e: 'trade',
  E: T0 + 1,
  s: 'LTCUSDT',
  t: 293551001,
  p: '80.22',
  q: '1.2',
  T: T0,
  m: true,
  M: true,
};

function combined(data: object, stream = 'ltcusdt@trade'): string {
  return JSON.stringify({ stream, data });
}

function read(text: string): ParsedFrame {
  return parser.parse(text, T0 + 5);
}

function reasonOf(frame: ParsedFrame): string {
  return frame.kind === 'refused' ? frame.reason : frame.kind;
}

const LTC_TICK = {
  kind: 'trade',
  instrumentId: 'BINANCE:LTCUSDT',
  feed: 'main',
  priceUnits: 8022,
  size: '1.2',
  tradeId: '293551001',
  venueTimeMs: T0,
  receivedAtMs: T0 + 5,
  verdict: 'good',
};

describe('a trade of Binance', () => {
  it('is read from a combined stream', () => {
    expect(read(combined(LTC))).toEqual({ kind: 'trade', tick: LTC_TICK });
  });

  it('is read from a bare stream', () => {
    expect(read(JSON.stringify(LTC))).toEqual({ kind: 'trade', tick: LTC_TICK });
  });

  it.each([
    ['spot-trade', 'BINANCE:BTCUSDT', 6183763, '0.02', '3735683259', 1723161255342],
    ['spot-trade-2023', 'BINANCE:BTCUSDT', 2816547, '0.00056', '3071245454', 1680652799999],
    ['usdm-trade', 'BINANCE:BTCUSDT', 2815510, '0.001', '3535188229', 1680652804962],
    ['coinm-trade', 'BINANCE_COINM:BTCUSD_PERP', 618048, '4', '849714402', 1723161257679],
  ])('is read from the recorded frame %s', (name, ...expected) => {
    const [instrumentId, priceUnits, size, tradeId, venueTimeMs] = expected;
    expect(read(fixture(name))).toEqual({
      kind: 'trade',
      tick: { ...LTC_TICK, instrumentId, priceUnits, size, tradeId, venueTimeMs },
    });
  });

  it('is no trade of the market when its order type is not MARKET', () => {
    expect(read(fixture('usdm-insurance-fund'))).toEqual({
      kind: 'trade',
      tick: {
        ...LTC_TICK,
        instrumentId: 'BINANCE:BTCUSDT',
        priceUnits: 2872250,
        size: '0.001',
        tradeId: '3535191080',
        venueTimeMs: 1680652874400,
        verdict: 'not-a-trade',
      },
    });
  });

  it.each([
    ['80', 8000],
    ['80.5', 8050],
    ['80.50', 8050],
    ['080.5', 8050],
    ['61837.63000000', 6183763],
    ['0.01', 1],
    ['45035996.27', 4503599627],
  ])('has its price %s read exactly', (p, priceUnits) => {
    expect(read(combined({ ...LTC, p }))).toEqual({
      kind: 'trade',
      tick: { ...LTC_TICK, priceUnits },
    });
  });

  it.each([
    ['1', '1'],
    ['1.20000000', '1.2'],
    ['0.02000000', '0.02'],
    ['100', '100'],
    ['100.00', '100'],
    ['0', '0'],
    ['0.000', '0'],
    ['000.5', '0.5'],
    ['00', '0'],
  ])('has its size %s in canonical form', (q, size) => {
    expect(read(combined({ ...LTC, q }))).toEqual({ kind: 'trade', tick: { ...LTC_TICK, size } });
  });

  it('keeps an id beyond 2^53 when the venue sends it as text', () => {
    const tradeId = '18446744073709551615';
    expect(read(combined({ ...LTC, t: tradeId }))).toEqual({
      kind: 'trade',
      tick: { ...LTC_TICK, tradeId },
    });
  });
});

describe('a quote of Binance', () => {
  const QUOTE = { kind: 'quote', feed: 'main', receivedAtMs: T0 + 5, verdict: 'good' };

  it('is read without an event name and without a time, as spot sends it', () => {
    expect(read(fixture('spot-book-ticker'))).toEqual({
      kind: 'quote',
      tick: {
        ...QUOTE,
        instrumentId: 'BINANCE:BTCUSDT',
        bidUnits: 6183763,
        askUnits: 6183764,
        bidSize: '3.78826',
        askSize: '1.54698',
        sequence: '50093239212',
        venueTimeMs: T0 + 5,
      },
    });
  });

  it('is read with an event name and a time, as futures send it', () => {
    expect(read(fixture('usdm-book-ticker'))).toEqual({
      kind: 'quote',
      tick: {
        ...QUOTE,
        instrumentId: 'BINANCE:BTCUSDT',
        bidUnits: 2815510,
        askUnits: 2815520,
        bidSize: '0.06',
        askSize: '3.793',
        sequence: '2710249422918',
        venueTimeMs: 1680652800089,
      },
    });
    expect(read(fixture('coinm-book-ticker')).kind).toBe('quote');
  });

  it.each([
    [{ b: undefined }, 'unknown-event'],
    [{ u: 1.5 }, 'bad-id'],
    [{ a: '0' }, 'price-not-positive'],
    [{ b: 80 }, 'bad-price'],
    [{ A: '-1' }, 'bad-size'],
    [{ T: 'now' }, 'bad-time'],
    [{ s: 'ETHUSDT' }, 'unknown-symbol'],
  ])('is refused with %j', (change, reason) => {
    const data = { u: 7, s: 'LTCUSDT', b: '80.00', B: '1', a: '80.01', A: '1', ...change };
    expect(reasonOf(read(combined(data, 'ltcusdt@bookTicker')))).toBe(reason);
  });
});

describe('an answer of the venue', () => {
  it.each([
    '{"result":null,"id":1}',
    '{"error":{"code":2,"msg":"Invalid request: unknown variant \\"X\\""},"id":1}',
    '{"code":0,"msg":"Unknown property"}',
    '{"e":"serverShutdown","E":1770123456789}',
  ])('is no market data: %s', (text) => {
    expect(read(text)).toEqual({ kind: 'control' });
  });
});

describe('a frame that is refused', () => {
  it.each([
    ['empty', '', 'not-json'],
    ['not JSON', 'hello', 'not-json'],
    ['cut short', combined(LTC).slice(0, -3), 'not-json'],
    ['NaN as a number', combined(LTC).replace('"80.22"', 'NaN'), 'not-json'],
    ['a list', '[1,2]', 'not-an-object'],
    ['a text', '"trade"', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['no data', '{"stream":"ltcusdt@trade"}', 'not-an-object'],
    ['data that is a list', '{"stream":"ltcusdt@trade","data":[]}', 'not-an-object'],
    ['nothing in it', '{}', 'unknown-event'],
    ['another event', combined({ ...LTC, e: 'kline' }), 'unknown-event'],
    ['another event of the stream', combined(LTC, 'ltcusdt@tradeX'), 'wrong-stream'],
    ['the depth of another number', combined(LTC, 'ltcusdt@depth5'), 'wrong-stream'],
    ['1 MB of text', 'x'.repeat(1_000_000), 'too-large'],
    ['1 MB of JSON', combined({ ...LTC, note: 'x'.repeat(1_000_000) }), 'too-large'],
    ['deep nesting', `${'['.repeat(8000)}${']'.repeat(8000)}`, 'not-an-object'],
    [
      'deep nesting in the data',
      `{"stream":"ltcusdt@trade","data":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`,
      'too-deep',
    ],
    ['a price twice', combined(LTC).replace('"p":', '"p":"1.00","p":'), 'irregular-keys'],
    ['an id twice', combined(LTC).replace('"t":', '"t":1,"t":'), 'irregular-keys'],
    ['data twice', combined(LTC).replace('"data":', '"data":1,"data":'), 'irregular-keys'],
    [
      'an id twice, once spelled with an escape',
      combined(LTC).replace('"t":', '"\\u0074":1,"t":'),
      'irregular-keys',
    ],
    [
      'an escaped quotation mark',
      combined(LTC).replace('"m":', '"note":"\\"","m":'),
      'irregular-keys',
    ],
    ['another symbol', combined({ ...LTC, s: 'ETHUSDT' }, 'ethusdt@trade'), 'unknown-symbol'],
    ['a symbol of Object', combined({ ...LTC, s: '__proto__' }), 'unknown-symbol'],
    ['a symbol in small letters', combined({ ...LTC, s: 'ltcusdt' }), 'unknown-symbol'],
    ['the stream of another symbol', combined(LTC, 'btcusdt@trade'), 'wrong-stream'],
    ['the stream of another kind', combined(LTC, 'ltcusdt@bookTicker'), 'wrong-stream'],
    ['a stream that is a number', '{"stream":5,"data":{}}', 'wrong-stream'],
  ])('%s', (_name, text, reason) => {
    expect(reasonOf(read(text))).toBe(reason);
  });

  it.each([
    [{ p: undefined }, 'bad-price'],
    [{ p: 80.22 }, 'bad-price'],
    [{ p: null }, 'bad-price'],
    [{ p: ['80.22'] }, 'bad-price'],
    [{ p: '' }, 'bad-price'],
    [{ p: ' 80' }, 'bad-price'],
    [{ p: '8e1' }, 'bad-price'],
    [{ p: '0x50' }, 'bad-price'],
    [{ p: 'NaN' }, 'bad-price'],
    [{ p: 'Infinity' }, 'bad-price'],
    [{ p: '80.' }, 'bad-price'],
    [{ p: '.5' }, 'bad-price'],
    [{ p: '8.0.0' }, 'bad-price'],
    [{ p: '80,22' }, 'bad-price'],
    [{ p: '٨٠' }, 'bad-price'],
    [{ p: '9'.repeat(5000) }, 'bad-price'],
    [{ p: '-80.22' }, 'price-not-positive'],
    [{ p: '0' }, 'price-not-positive'],
    [{ p: '0.00' }, 'price-not-positive'],
    [{ p: '80.223' }, 'price-beyond-grid'],
    [{ p: '80.0000000001' }, 'price-beyond-grid'],
    [{ p: '45035996.28' }, 'price-out-of-range'],
    [{ p: '99999999999999999999' }, 'price-out-of-range'],
    [{ q: undefined }, 'bad-size'],
    [{ q: 1.2 }, 'bad-size'],
    [{ q: '-1' }, 'bad-size'],
    [{ q: '' }, 'bad-size'],
    [{ q: '1.' }, 'bad-size'],
    [{ q: '.1' }, 'bad-size'],
    [{ q: '1'.repeat(41) }, 'bad-size'],
    [{ t: undefined }, 'bad-id'],
    [{ t: -1 }, 'bad-id'],
    [{ t: 1.5 }, 'bad-id'],
    [{ t: 9007199254740992 }, 'bad-id'],
    [{ t: '' }, 'bad-id'],
    [{ t: '12a' }, 'bad-id'],
    [{ t: '1'.repeat(21) }, 'bad-id'],
    [{ T: undefined }, 'bad-time'],
    [{ T: '1750541280000' }, 'bad-time'],
    [{ T: 0 }, 'bad-time'],
    [{ T: 1_750_541_280_000_000 }, 'bad-time'],
    [{ X: 1 }, 'bad-order-type'],
    [{ X: null }, 'bad-order-type'],
    [{ e: 'aggTrade' }, 'wrong-stream'],
    [{ e: 1 }, 'unknown-event'],
    [{ s: 1 }, 'unknown-symbol'],
  ])('trade with %j', (change, reason) => {
    expect(reasonOf(read(combined({ ...LTC, ...change })))).toBe(reason);
  });

  it('is refused before it is read when it is longer than the limit, and read when it is as long', () => {
    const room = FRAME_CHARS_MAX - combined({ ...LTC, note: '' }).length;
    expect(read(combined({ ...LTC, note: 'x'.repeat(room) })).kind).toBe('trade');
    expect(reasonOf(read(combined({ ...LTC, note: 'x'.repeat(room + 1) })))).toBe('too-large');
  });
});

describe('any bytes', () => {
  const frames = readdirSync(FIXTURES).map((file) => fixture(file.replace(/\.json$/, '')));

  function isOutcome(text: string): void {
    const frame = read(text);
    expect(['trade', 'quote', 'depth', 'control', 'refused']).toContain(frame.kind);
    if (frame.kind === 'trade') expect(Number.isSafeInteger(frame.tick.priceUnits)).toBe(true);
  }

  it('never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) =>
        isOutcome(Buffer.from(bytes).toString('utf8')),
      ),
      { numRuns: 300 },
    );
  });

  it('never throw as JSON of any shape', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (data, stream) => {
        isOutcome(data);
        isOutcome(`{"stream":${stream},"data":${data}}`);
      }),
      { numRuns: 300 },
    );
  });

  it('never throw as a trade with fields of any type', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('80', '1e9', '-0', 1e308, -0));
    const data = fc.record({ p: field, q: field, t: field, T: field, X: field });
    fc.assert(
      fc.property(data, (change) => isOutcome(combined({ ...LTC, ...change }))),
      { numRuns: 300 },
    );
  });

  it('never throw as a recorded frame with some of its characters changed', () => {
    const change = fc.tuple(
      fc.nat(260),
      fc.integer({ min: 0, max: 2 }),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.array(change, { maxLength: 5 }), (frame, all) => {
        let text = frame;
        for (const [at, cut, added] of all) {
          text = text.slice(0, at) + added + text.slice(at + cut);
        }
        isOutcome(text);
      }),
      { numRuns: 1000 },
    );
  });
});
