import fs, { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FillReport } from '../../application/ports/broker.port.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { PaperBroker } from './paper.broker.js';

const LTC = 'BINANCE:LTCUSDT';
const T0 = 1_750_541_460_000;
const EXIT = {
  orderId: 'stop-1-0',
  accountId: 'demo',
  instrumentId: LTC,
  side: 'sell',
  quantity: '10' as DecimalText,
  type: 'market',
  reduceOnly: true,
} as const;

describe('the paper venue on a full disk', () => {
  let dir: string;
  let broker: PaperBroker;
  let fills: FillReport[];
  /** What the disk still takes; undefined: all. */
  let roomBytes: number | undefined;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'paper-full-'));
    roomBytes = undefined;
    const { writeSync } = fs;
    jest.spyOn(fs, 'writeSync').mockImplementation(((file: number, line: Buffer, from: number) => {
      const wanted = line.length - from;
      const taken = Math.min(wanted, roomBytes ?? wanted);
      if (taken === 0) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      if (roomBytes !== undefined) roomBytes -= taken;
      return writeSync(file, line, from, taken);
    }) as typeof fs.writeSync);
    broker = open();
  });

  afterEach(async () => {
    roomBytes = undefined;
    await broker.close();
    jest.restoreAllMocks();
    rmSync(dir, { recursive: true });
  });

  function open(): PaperBroker {
    fills = [];
    const opened = new PaperBroker({
      bookPath: join(dir, 'demo.jsonl'),
      ...{ feeBps: '10' as DecimalText, feeCurrency: 'USDT' },
      ...{ submitLatencyMs: 0, ackLatencyMs: 0 },
      clock: () => T0,
      pause: () => Promise.resolve(),
    });
    opened.onFill((report) => fills.push(report));
    return opened;
  }

  function print(priceUnits: number): void {
    const tick = {
      kind: 'trade',
      feed: 'main',
      size: '10',
      tradeId: '1',
      verdict: 'good',
    } as const;
    broker.onTick(
      { ...tick, instrumentId: LTC, priceUnits, venueTimeMs: T0, receivedAtMs: T0 + 1 },
      2,
    );
  }

  const kinds = (): string[] =>
    readFileSync(join(dir, 'demo.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);

  it.each([0, 7])(
    'answers unknown after %d bytes, and takes the order in once there is room',
    async (bytes) => {
      roomBytes = bytes;
      expect(await broker.submit(EXIT)).toStrictEqual({
        kind: 'unknown',
        cause: 'the paper venue cannot write its book: Error: ENOSPC: no space left',
      });
      for (const asked of [
        broker.lookUpByClientOrderId(EXIT.orderId),
        broker.submit(EXIT),
        broker.cancel(EXIT.orderId),
        broker.openOrders(),
        broker.fills(LTC, 0),
      ]) {
        expect((await asked).kind).toBe('unknown');
      }
      roomBytes = undefined;
      expect(await broker.lookUpByClientOrderId(EXIT.orderId)).toMatchObject({ status: 'open' });
      print(8_200);
      expect(fills).toHaveLength(1);
      expect(kinds()).toStrictEqual(['accepted', 'filled']);
    },
  );

  it('owes the fill of a print that it could not write, and tells it once it is in the book', async () => {
    await broker.submit(EXIT);
    roomBytes = 20;
    print(8_200);
    print(8_100);
    expect(fills).toStrictEqual([]);
    roomBytes = undefined;
    print(8_000);
    expect(fills.map(({ fill }) => fill.price)).toStrictEqual(['82']);
    expect(kinds()).toStrictEqual(['accepted', 'filled']);
  });

  it('leaves no part of what it could not write to the next start: then the order was never there', async () => {
    roomBytes = 20;
    await broker.submit(EXIT);
    await broker.close();
    roomBytes = undefined;
    broker = open();
    expect(await broker.lookUpByClientOrderId(EXIT.orderId)).toStrictEqual({ kind: 'absent' });
    expect(kinds()).toStrictEqual([]);
  });
});
