import { join } from 'node:path';
import { BinanceFeed } from '../../src/adapters/feed-binance/binance.feed.js';
import { WebSocketTransport } from '../../src/adapters/web-socket/web-socket.transport.js';
import type { FeedTime } from '../../src/application/ports/stream-transport.port.js';
import { formatUnits } from '../../src/domain/instrument/price-grid.js';
import { QualityGate } from '../../src/engine/quality-gate.js';
import type { TradeTick } from '../../src/engine/tick.js';
import { Recording } from '../../src/market-data/recorded-trades.js';
import { startTapeVenue } from '../../src/tape-venue/tape-venue.js';
import { until } from '../support/until.js';

// The wait inside has a limit of its own.
jest.setTimeout(60_000);

const REAL_TIME: FeedTime = {
  clock: () => Date.now(),
  random: () => 0,
  schedule: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
const DEMO = join(__dirname, '../../demo/binance-spot-ltcusdt-20250621-2128.trades.csv.gz');

it('brings every recorded print through venue, feed and gate, exactly and in order, round after round', async () => {
  const venue = await startTapeVenue({
    ...{ file: DEMO, symbol: 'LTCUSDT', host: '127.0.0.1', port: 0, speed: 'max' },
    ...{ isLooped: true, isHeld: false, isOriginal: false, stateDir: undefined },
  });
  const gate = new QualityGate();
  const ticks: TradeTick[] = [];
  const verdicts = new Map<string, number>();
  let recorded: string | null = null;
  const feed = new BinanceFeed({
    ...{ id: 'demo', url: venue.url, market: 'spot', transport: new WebSocketTransport() },
    time: REAL_TIME,
    instruments: [{ instrumentId: 'BINANCE:LTCUSDT', symbol: 'LTCUSDT', priceScale: 2 }],
  });
  feed.start({
    onTick: (tick) => {
      if (tick.kind === 'trade') ticks.push(tick);
      const verdict = gate.judge(tick);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    },
    onConnected: (info) => (recorded = info.recorded),
    onLost: (reason) => {
      throw new Error(reason);
    },
    onRefused: (reason, sample) => {
      throw new Error(`${reason}: ${sample}`);
    },
  });
  const recording = Recording.read(DEMO);
  const rounds = 3;
  await until('three rounds', () => ticks.length >= rounds * recording.rowCount);
  await feed.close();
  await venue.close();

  expect(recorded).toBe('binance-spot-ltcusdt-20250621-2128');
  // Where a round ends and the next begins the price leaps by percents: that one print waits for the next.
  expect([...verdicts.keys()]).toEqual(['good', 'outlier']);
  expect(verdicts.get('outlier')).toBeLessThanOrEqual(ticks.length / recording.rowCount);
  const first = Number(recording.value(0, 'trade_id'));
  const last = Number(recording.value(recording.rowCount - 1, 'trade_id'));
  const expected = Array.from({ length: rounds * recording.rowCount }, (_, index) => {
    const row = index % recording.rowCount;
    const round = Math.floor(index / recording.rowCount);
    const id = Number(recording.value(row, 'trade_id')) + round * (last - first + 1);
    return `${id} ${recording.value(row, 'price')} ${recording.value(row, 'size')}`;
  });
  const found = ticks.slice(0, expected.length).map(({ tradeId, priceUnits, size }) => {
    return `${tradeId} ${formatUnits(priceUnits, 2)} ${size}`;
  });
  expect(found).toEqual(expected);
});
