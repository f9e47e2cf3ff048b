import fc from 'fast-check';
import { T0, judgeAll, quote, range, trade } from '../../test/support/gate-ticks.js';
import { ID_WINDOW, VENUE_TIME_BACK_MS_MAX } from './id-window.js';
import { QualityGate } from './quality-gate.js';
import type { QuoteTick, Tick } from './tick.js';

describe('a trade before the gate', () => {
  it('is good when its id has not been seen, with gaps and all', () => {
    expect(judgeAll([trade(100), trade(101), trade(5000), trade(5001)])).toEqual([
      'good',
      'good',
      'good',
      'good',
    ]);
  });

  it('is a duplicate when its id has been seen', () => {
    expect(judgeAll([trade(100), trade(101), trade(100), trade(101)])).toEqual([
      'good',
      'good',
      'duplicate',
      'duplicate',
    ]);
  });

  it('is good when it comes late but was never seen, once', () => {
    expect(judgeAll([trade(100), trade(103), trade(101), trade(101), trade(102)])).toEqual([
      'good',
      'good',
      'good',
      'duplicate',
      'good',
    ]);
  });

  it('is not taken for the print that was a window of ids before it', () => {
    const ids = [100, 99 + ID_WINDOW, 101 + ID_WINDOW, 100 + ID_WINDOW];
    expect(judgeAll(ids.map((id) => trade(id)))).toEqual(['good', 'good', 'good', 'good']);
  });

  it('is out of order when it is older than the window of ids', () => {
    const newest = 100_000;
    expect(
      judgeAll([trade(newest), trade(newest - ID_WINDOW + 1), trade(newest - ID_WINDOW)]),
    ).toEqual(['good', 'good', 'out-of-order']);
  });

  it('is out of order when its time lies too far back, whatever its id', () => {
    const edge = T0 - VENUE_TIME_BACK_MS_MAX;
    expect(
      judgeAll([
        trade(100),
        trade(101, { venueTimeMs: edge }),
        trade(102, { venueTimeMs: edge - 1 }),
        trade(103),
      ]),
    ).toEqual(['good', 'good', 'out-of-order', 'good']);
  });

  it('is not let through when the parser found that it is no trade: the insurance fund 2 % off the market', () => {
    const usdm = { instrumentId: 'BINANCE_USDM:BTCUSDT' };
    const ticks = [
      trade(3535191079, { ...usdm, priceUnits: 2814230 }),
      trade(3535191080, { ...usdm, priceUnits: 2872250, verdict: 'not-a-trade' }),
      trade(3535191081, { ...usdm, priceUnits: 2814230 }),
    ];
    expect(judgeAll(ticks)).toEqual(['good', 'not-a-trade', 'good']);
  });

  it('sets no price when nothing was traded', () => {
    expect(judgeAll([trade(100, { size: '0' }), trade(100, { size: '0' })])).toEqual([
      'zero-size',
      'zero-size',
    ]);
  });

  it('has ids beyond 2^53 told apart', () => {
    const ids = ['18446744073709551614', '18446744073709551615', '18446744073709551614'];
    expect(judgeAll(ids.map((id) => trade(id)))).toEqual(['good', 'good', 'duplicate']);
    expect(judgeAll([trade('9'.repeat(15)), trade(`1${'0'.repeat(15)}`)])).toEqual([
      'good',
      'good',
    ]);
  });

  it('is judged by time alone when the venue gives no number', () => {
    const late = { venueTimeMs: T0 - VENUE_TIME_BACK_MS_MAX - 1 };
    expect(judgeAll([trade(''), trade(''), trade('a-1'), trade('', late)])).toEqual([
      'good',
      'good',
      'good',
      'out-of-order',
    ]);
  });

  it('is judged apart from other instruments, feeds and kinds', () => {
    const ticks = [
      trade(100),
      trade(100, { feed: 'standby' }),
      trade(100, { instrumentId: 'BINANCE:BTCUSDT' }),
      quote(100),
    ];
    expect(judgeAll(ticks)).toEqual(['good', 'good', 'good', 'good']);
  });
});

describe('a quote before the gate', () => {
  it('is good when its book is newer', () => {
    expect(judgeAll([quote(10), quote(11), quote(500)])).toEqual(['good', 'good', 'good']);
  });

  it('is refused when its book is the same or older: an older book says nothing', () => {
    expect(judgeAll([quote(10), quote(10), quote(12), quote(11), quote(13)])).toEqual([
      'good',
      'duplicate',
      'good',
      'out-of-order',
      'good',
    ]);
  });

  it('is refused when the bid is above the ask', () => {
    expect(judgeAll([quote(10, { bidUnits: 8023 }), quote(11)])).toEqual(['crossed-book', 'good']);
  });

  it('decides from its second in a row when bid and ask are equal: half an update, or no spread', () => {
    const locked = { bidUnits: 8022 };
    expect(
      judgeAll([quote(10), quote(11, locked), quote(12), quote(13, locked), quote(14, locked)]),
    ).toEqual(['good', 'locked-book', 'good', 'locked-book', 'good']);
  });
});

describe('a market of wide steps before the gate', () => {
  const falling = (from: number, by: number) =>
    range(0, 40).map((step) => Math.round(from * (1 - by) ** step));

  /** What may decide, with the released ones in their places. */
  function deciding(ticks: readonly Tick[]): number[] {
    const gate = new QualityGate();
    return ticks.flatMap((tick) => {
      const verdict = gate.judge(tick);
      const judged = [...(gate.released ? [gate.released] : []), { ...tick, verdict }];
      return judged.flatMap((one) => {
        if (!['good', 'gap', 'confirmed'].includes(one.verdict)) return [];
        return [one.kind === 'trade' ? one.priceUnits : one.bidUnits];
      });
    });
  }

  it('is followed one price behind while it falls by a per cent with every print', () => {
    const prices = falling(10_000, 0.01).slice(0, 6);
    const prints = prices.map((priceUnits, at) => trade(at + 1, { priceUnits }));
    expect(deciding(prints)).toEqual(prices.slice(0, -1));
  });

  it('is followed print by print once its steps are known to be wide, up and down', () => {
    const prices = [...falling(10_000, 0.01), ...falling(10_000, -0.008)];
    const prints = prices.map((priceUnits, at) => trade(at + 1, { priceUnits }));
    const decided = deciding(prints);
    // The one that was held while they became known was no outlier, and nothing lay beyond it.
    const followed = prices.filter((_, at) => at !== 7);
    expect(decided.slice(0, 39)).toEqual(followed.slice(0, 39));
    expect(decided.slice(-39)).toEqual(prices.slice(-39));
  });

  it('is followed in its quotes as well, and its prints then have a book', () => {
    const quotes = falling(10_000, 0.01).map((bidUnits, at) =>
      quote(at + 1, { bidUnits, askUnits: bidUnits + 2 }),
    );
    expect(deciding(quotes.slice(0, 5))).toEqual(falling(10_000, 0.01).slice(0, 4));
  });

  it('goes on both ways between two prices that are wide apart', () => {
    const prices = [10_000, ...range(0, 30).map((at) => (at % 2 === 0 ? 8_000 : 8_060))];
    const decided = deciding(prices.map((priceUnits, at) => trade(at + 1, { priceUnits })));
    expect(decided.slice(-20)).toEqual(prices.slice(-20));
  });

  it('holds back a price that the next one does not go on from', () => {
    const prices = [10_000, 4_000, 9_990, 4_000, 16_000, 10_010];
    const decided = deciding(prices.map((priceUnits, at) => trade(at + 1, { priceUnits })));
    expect(decided).toEqual([10_000, 9_990, 10_010]);
  });

  it('takes no side of a quote for gone on that has gone back', () => {
    const sides = [
      [10_000, 10_002],
      [9_000, 10_002],
      [8_000, 9_000],
      [10_000, 10_002],
    ] as const;
    const quotes = sides.map(([bidUnits, askUnits], at) => quote(at + 1, { bidUnits, askUnits }));
    // The ask had not moved before: that it moves now bears nothing out, but the bid goes on.
    expect(deciding(quotes)).toEqual([10_000, 9_000]);
  });
});

describe('the gate', () => {
  it('takes the first price behind a loss for a gap, whatever lines to other instruments are up', () => {
    const gate = new QualityGate();
    for (const feed of ['a', 'b']) gate.register(feed, 'binance-spot');
    for (const feed of ['a', 'b']) gate.interrupted(feed, true);
    judgeAll(
      [trade(1, { feed: 'a' }), trade(1, { feed: 'b', instrumentId: 'BINANCE:BTCUSDT' })],
      gate,
    );
    gate.interrupted('a', false);
    gate.interrupted('a', true);
    const lower = { feed: 'a', priceUnits: 7_700 };
    expect(gate.judge(trade(2, lower))).toBe('gap');
    // The other line shows it too now: what one loses, the other has.
    judgeAll([trade(2, { ...lower, feed: 'b' })], gate);
    gate.interrupted('a', false);
    expect(gate.judge(trade(3, { feed: 'b', priceUnits: 7_701 }))).toBe('good');
  });

  it('counts what was not good by reason and feed, and what came since it was asked', () => {
    const gate = new QualityGate();
    judgeAll([trade(1), trade(1), trade(1), quote(1, { bidUnits: 9000 })], gate);
    gate.judge(trade(7, { feed: 'standby', size: '0' }));
    expect(gate.counts('main')).toEqual({ duplicate: 2, 'crossed-book': 1 });
    expect(gate.takeCounts('main')).toEqual({ duplicate: 2, 'crossed-book': 1 });
    expect(gate.takeCounts('main')).toEqual({});
    expect(gate.counts('main')).toEqual({ duplicate: 2, 'crossed-book': 1 });
    expect(gate.takeCounts('standby')).toEqual({ 'zero-size': 1 });
    expect(gate.counts('other')).toEqual({});
  });

  const candidates = fc.array(
    fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8000 }))
        .map(([id, after]) => trade(id * 200, { venueTimeMs: T0 + after })),
      fc
        .tuple(fc.nat(40), fc.integer({ min: 8020, max: 8024 }))
        .map(([sequence, bidUnits]) => quote(sequence, { bidUnits })),
    ),
    { maxLength: 200 },
  );

  it('says the same for the same candidates in the same order', () => {
    fc.assert(
      fc.property(candidates, (ticks) => {
        expect(judgeAll(ticks)).toEqual(judgeAll(ticks.map((tick) => ({ ...tick }))));
      }),
    );
  });

  it('agrees with a plain set of ids while prints come in within the window', () => {
    const ids = fc.array(fc.integer({ min: 100_000, max: 100_000 + ID_WINDOW - 1 }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(ids, (all) => {
        const seen = new Set<number>();
        const expected = all.map((id) => {
          const isSeen = seen.has(id);
          seen.add(id);
          return isSeen ? 'duplicate' : 'good';
        });
        expect(judgeAll(all.map((id) => trade(id)))).toEqual(expected);
      }),
    );
  });

  it('lets no id through twice, however prints are mixed', () => {
    const ids = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(ids, (all) => {
        const verdicts = judgeAll(all.map((id) => trade(id)));
        const good = all.filter((_, index) => verdicts[index] === 'good');
        expect(new Set(good).size).toBe(good.length);
      }),
    );
  });
});

describe('a mark price before the gate', () => {
  const mark = (second: number, bidUnits = 8022, feed = 'main.mark'): QuoteTick => {
    const venueTimeMs = T0 + second * 1_000;
    const at = { venueTimeMs, receivedAtMs: venueTimeMs, sequence: String(venueTimeMs) };
    return quote(0, { feed, bidUnits, askUnits: bidUnits, ...at });
  };

  it('is good although both its sides are equal, and stands apart from the book', () => {
    expect(judgeAll([quote(7), mark(1), quote(8), mark(2)])).toEqual([
      ...['good', 'good', 'good', 'good'],
    ]);
  });

  it('is a duplicate, out of order or far off by the rules of all prices', () => {
    const marks = [mark(1), mark(3), mark(3), mark(2), mark(4, 9000), mark(5, 9000)];
    expect(judgeAll(marks)).toEqual([
      ...['good', 'good', 'duplicate', 'out-of-order', 'outlier', 'good'],
    ]);
  });

  it('decides where its feed does, and counts for that', () => {
    const gate = new QualityGate();
    gate.activate('BINANCE:LTCUSDT', 'main');
    expect(judgeAll([mark(1), mark(2, 8022, 'spare.mark')], gate)).toEqual(['good', 'standby']);
    expect(gate.counts('spare')).toEqual({ standby: 1 });
  });
});
