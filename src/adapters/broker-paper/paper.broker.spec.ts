import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FillReport } from '../../application/ports/broker.port.js';
import { bookLines } from '../../../test/support/book-lines.js';
import { FullDisk } from '../../../test/support/full-disk.js';
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
  let disk: FullDisk;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'paper-full-'));
    disk = new FullDisk();
    broker = open();
  });

  afterEach(async () => {
    await broker.close();
    disk.restore();
    rmSync(dir, { recursive: true });
  });

  function open(): PaperBroker {
    fills = [];
    const opened = new PaperBroker({
      bookPath: join(dir, 'demo.jsonl'),
      ...{ feeBps: '10' as DecimalText, instrumentOf: () => ({ quoteCurrency: 'USDT' }) },
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

  const kinds = () => bookLines(join(dir, 'demo.jsonl')).map(({ kind }) => String(kind));

  /** The disk is full already when the venue opens: it has no room reserved. */
  async function reopenOnDisk(roomBytes: number): Promise<void> {
    await broker.close();
    rmSync(join(dir, 'demo.jsonl'));
    disk.roomBytes = roomBytes;
    broker = open();
  }

  it.each([0, 7])(
    'answers unknown after %d bytes without a reserve, and takes the order in once there is room',
    async (bytes) => {
      await reopenOnDisk(bytes);
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
      disk.roomBytes = undefined;
      expect(await broker.lookUpByClientOrderId(EXIT.orderId)).toMatchObject({ status: 'open' });
      print(8_200);
      expect(fills).toHaveLength(1);
      expect(kinds()).toStrictEqual(['accepted', 'filled']);
    },
  );

  it('has room reserved for exits and their fills, and none for entries', async () => {
    disk.roomBytes = 0;
    const entry = { ...EXIT, orderId: 'entry-1', side: 'buy', reduceOnly: false } as const;
    expect(await broker.submit(EXIT)).toMatchObject({ kind: 'acknowledged' });
    print(8_200);
    expect(fills).toHaveLength(1);
    expect(await broker.submit(entry)).toMatchObject({ kind: 'unknown' });
    expect(kinds()).toStrictEqual(['accepted', 'filled']);
  });

  it('owes the fill of a print that it could not write, and tells it once it is in the book', async () => {
    await reopenOnDisk(300);
    await broker.submit(EXIT);
    print(8_200);
    print(8_100);
    expect(fills).toStrictEqual([]);
    disk.roomBytes = undefined;
    print(8_000);
    expect(fills.map(({ fill }) => fill.price)).toStrictEqual(['82']);
    expect(kinds()).toStrictEqual(['accepted', 'filled']);
  });

  it('leaves no part of what it could not write to the next start: then the order was never there', async () => {
    await reopenOnDisk(20);
    await broker.submit(EXIT);
    await broker.close();
    disk.roomBytes = undefined;
    broker = open();
    expect(await broker.lookUpByClientOrderId(EXIT.orderId)).toStrictEqual({ kind: 'absent' });
    expect(kinds()).toStrictEqual([]);
  });

  it('an entry that waits for room does not keep an exit waiting', async () => {
    disk.roomBytes = 0;
    const entry = { ...EXIT, orderId: 'entry-1', side: 'buy', reduceOnly: false } as const;
    expect(await broker.submit(entry)).toMatchObject({ kind: 'unknown' });
    expect(await broker.submit(EXIT)).toMatchObject({ kind: 'acknowledged' });
    expect(kinds()).toStrictEqual(['accepted']);
  });
});
