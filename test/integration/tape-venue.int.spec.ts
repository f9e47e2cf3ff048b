import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { startTapeVenue } from '../../src/tape-venue/tape-venue.js';
import type { TapeVenue, TapeVenueOptions } from '../../src/tape-venue/tape-venue.js';
import { until } from '../support/until.js';

// Programs are started: on a busy machine that takes its time.
jest.setTimeout(60_000);

const ROOT = join(__dirname, '../..');
const MAIN = join(ROOT, 'dist/src/tape-venue/tape-venue.main.js');
const PRINTS = join(ROOT, 'test/fixtures/ticks/binance-spot-ltcusdt-20250621-first.trades.csv.gz');
const T0 = 1_800_000_000_000;

const root = mkdtempSync(join(tmpdir(), 'tape-venue-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Three prints, 10 ms apart, with a gap in their ids. */
const THREE = join(root, 'binance-spot-ltcusdt-20250621.trades.csv');
writeFileSync(
  THREE,
  [
    'ts_ms,price,size,side,trade_id',
    '1750507467000,80,1,buy,501',
    '1750507467010,80.5,2,sell,503',
    '1750507467020,81,3,buy,504',
    '',
  ].join('\n'),
);

interface Trade {
  readonly e: string;
  readonly E: number;
  readonly s: string;
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

/** A client that keeps what it got. */
class Client {
  readonly texts: string[] = [];
  received = 0;
  recorded: string | undefined;
  closeCode: number | undefined;
  refused: string | undefined;
  readonly socket: WebSocket;

  constructor(url: string, path: string, keepsMax = 1000) {
    this.socket = new WebSocket(url + path, { perMessageDeflate: false });
    this.socket.on('upgrade', ({ headers }) => {
      this.recorded = headers['x-stopledger-recorded'] as string | undefined;
    });
    this.socket.on('message', (data) => {
      this.received += 1;
      if (this.texts.length < keepsMax) this.texts.push((data as Buffer).toString('utf8'));
    });
    this.socket.on('error', (error) => (this.refused = error.message));
    this.socket.on('close', (code) => (this.closeCode = code));
  }

  get trades(): readonly Trade[] {
    return this.texts.map((text) => {
      const frame = JSON.parse(text) as Trade & { data?: Trade };
      return frame.data ?? frame;
    });
  }

  async gets(count: number): Promise<void> {
    await until(`${count} messages`, () => this.received >= count);
  }

  async leave(): Promise<void> {
    this.socket.terminate();
    await until('the client is gone', () => this.closeCode !== undefined);
  }
}

const TRADES = '/stream?streams=ltcusdt@trade/ltcusdt@bookTicker';

describe('the recorded venue', () => {
  const clients: Client[] = [];
  let venue: TapeVenue;

  async function open(change: Partial<TapeVenueOptions> = {}): Promise<TapeVenue> {
    venue = await startTapeVenue({
      file: THREE,
      symbol: 'LTCUSDT',
      host: '127.0.0.1',
      port: 0,
      speed: 'max',
      isLooped: false,
      isHeld: false,
      isOriginal: false,
      stateDir: undefined,
      ...change,
    });
    return venue;
  }

  function connect(path: string, keepsMax?: number): Client {
    const client = new Client(venue.url, path, keepsMax);
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await venue.close();
  });

  it('says on the upgrade that it replays a recording, and which', async () => {
    await open();
    const client = connect(TRADES);
    await client.gets(3);
    expect(client.recorded).toBe('binance-spot-ltcusdt-20250621');
    expect([venue.recorded, venue.rows]).toEqual(['binance-spot-ltcusdt-20250621', 3]);
  });

  it('speaks as Binance does: combined and bare, prices and sizes as recorded', async () => {
    await open({ clock: () => T0 });
    const client = connect(TRADES);
    await client.gets(3);
    expect(client.texts.map((text) => JSON.parse(text) as unknown)).toEqual(
      [
        { t: 501, p: '80', q: '1', m: false },
        { t: 503, p: '80.5', q: '2', m: true },
        { t: 504, p: '81', q: '3', m: false },
      ].map((data) => ({
        stream: 'ltcusdt@trade',
        data: { e: 'trade', E: T0, s: 'LTCUSDT', T: T0, M: true, ...data },
      })),
    );
    await venue.close();
    await open({ clock: () => T0 });
    const bare = connect('/ws/ltcusdt@trade');
    await bare.gets(3);
    expect(bare.texts).toEqual(
      client.texts.map((text) => JSON.stringify((JSON.parse(text) as { data: unknown }).data)),
    );
  });

  it('that is held gives whoever comes one print, and the others once it is released', async () => {
    await open({ isHeld: true });
    const first = connect(TRADES);
    await first.gets(1);
    await first.leave();
    const second = connect(TRADES);
    await second.gets(1);
    venue.release();
    await second.gets(2);
    const ids = [...first.trades, ...second.trades].map(({ t }) => t);
    expect([first.received, ids]).toStrictEqual([1, [501, 503, 504]]);
  });

  it('lets ids and times rise over loops', async () => {
    await open({ isLooped: true });
    const client = connect(TRADES);
    await client.gets(8);
    const { trades } = client;
    expect(trades.slice(0, 8).map(({ t }) => t)).toEqual([501, 503, 504, 505, 507, 508, 509, 511]);
    expectRising(trades);
  });

  it('lets ids and times rise over a restart, and goes on with the next print', async () => {
    const stateDir = join(root, 'state');
    const seen: Trade[] = [];
    for (let run = 0; run < 3; run += 1) {
      await open({ file: PRINTS, stateDir, speed: 1_000_000 });
      const client = connect(TRADES, 100_000);
      await client.gets(500);
      await venue.close();
      await until('the end', () => client.closeCode !== undefined);
      seen.push(...client.trades);
    }
    expectRising(seen);
    expect(seen[0]?.t).toBe(293517768);
  });

  it('plays at the recorded distances, by the speed', async () => {
    let now = T0;
    await open({ speed: 2, clock: () => now });
    const client = connect(TRADES);
    await client.gets(1);
    now += 5;
    await client.gets(2);
    now += 100;
    await client.gets(3);
    expect(client.trades.map(({ T }) => T - T0)).toEqual([0, 5, 10]);
    expect(client.trades.map(({ E }) => E - T0)).toEqual([0, 5, 105]);
  });

  it('keeps recorded ids and times when asked to, over loops too', async () => {
    await open({ isOriginal: true, isLooped: true });
    const client = connect(TRADES);
    await client.gets(4);
    expect(client.trades.slice(0, 4).map(({ t, T, E }) => [t, T, E])).toEqual([
      [501, 1750507467000, 1750507467000],
      [503, 1750507467010, 1750507467010],
      [504, 1750507467020, 1750507467020],
      [501, 1750507467000, 1750507467000],
    ]);
  });

  it('waits with playing until somebody listens, and while nobody does', async () => {
    let now = T0;
    await open({ speed: 1, clock: () => now });
    const idle = connect('/stream?streams=btcusdt@trade');
    await until('the client of another stream', () => idle.socket.readyState === WebSocket.OPEN);
    now += 3_600_000;
    const first = connect(TRADES);
    await first.gets(1);
    expect(first.trades.map(({ t }) => t)).toEqual([501]);
    await first.leave();
    now += 3_600_000;
    const second = connect(TRADES);
    await until('the second client', () => second.socket.readyState === WebSocket.OPEN);
    now += 10;
    await second.gets(1);
    expect(second.trades.map(({ t }) => t)).toEqual([503]);
    now += 10;
    await second.gets(2);
    const later = T0 + 2 * 3_600_000;
    expect(second.trades.map(({ t, T }) => [t, T])).toEqual([
      [503, later + 10],
      [504, later + 20],
    ]);
    expect(idle.received).toBe(0);
  });

  it('serves several clients the same prints', async () => {
    await open({ file: PRINTS, speed: 1_000_000 });
    const [one, two] = [connect('/ws/'), connect('/ws/')];
    await until('both', () => [one, two].every(({ socket }) => socket.readyState === 1));
    for (const { socket } of [one, two]) {
      socket.send('{"method":"SUBSCRIBE","params":["ltcusdt@trade"],"id":7}');
    }
    await one.gets(500);
    await two.gets(500);
    const ids = (client: Client): number[] => client.trades.slice(1).map(({ t }) => t);
    const [first = 0] = ids(two);
    const from = ids(one).indexOf(first);
    expect(ids(one).slice(from, from + 300)).toEqual(ids(two).slice(0, 300));
    expect([one.texts[0], two.texts[0]]).toEqual([
      '{"result":null,"id":7}',
      '{"result":null,"id":7}',
    ]);
  });

  it('takes subscriptions and their end on an open connection, and refuses other requests', async () => {
    await open({ isLooped: true });
    const client = connect('/stream');
    await until('connected', () => client.socket.readyState === WebSocket.OPEN);
    client.socket.send('{"method":"LIST","id":3}');
    client.socket.send('hello');
    await client.gets(2);
    expect(client.texts).toEqual([
      '{"error":{"code":2,"msg":"Invalid request"},"id":3}',
      '{"error":{"code":2,"msg":"Invalid request"},"id":null}',
    ]);
    client.socket.send('{"method":"SUBSCRIBE","params":["ltcusdt@trade"],"id":4}');
    await client.gets(10);
    client.socket.send('{"method":"UNSUBSCRIBE","params":["ltcusdt@trade"],"id":5}');
    client.socket.send('{"method":"UNSUBSCRIBE","params":["ltcusdt@trade"],"id":6}');
    // What comes after the last answer would be a print that nobody asked for.
    const last = new Promise((resolve) =>
      client.socket.on('message', (data) => {
        if ((data as Buffer).toString('utf8') === '{"result":null,"id":6}') resolve(undefined);
      }),
    );
    await last;
    const { received } = client;
    client.socket.ping();
    await new Promise((resolve) => client.socket.once('pong', resolve));
    expect(client.received).toBe(received);
  });

  it('closes a client that reads too slowly with 1008, and serves the others on', async () => {
    await open({ file: PRINTS, speed: 1_000_000, isLooped: true, bufferedBytesMax: 1_000_000 });
    const slow = connect(TRADES, 0);
    await slow.gets(1);
    slow.socket.pause();
    const quick = connect(TRADES, 0);
    await quick.gets(150_000);
    slow.socket.resume();
    await until('the slow one is closed', () => slow.closeCode !== undefined);
    expect(slow.closeCode).toBe(1008);
    await quick.gets(quick.received + 1000);
    expect(quick.closeCode).toBeUndefined();
  });

  it('serves recorded quotes as book tickers', async () => {
    const file = join(root, 'oanda-eurusd-20140508.quotes.csv');
    writeFileSync(file, 'ts_ms,bid,ask\n1399507200000,1.39101,1.39112\n');
    await open({ file, symbol: 'EURUSD', clock: () => T0 });
    const client = connect('/stream?streams=eurusd@trade/eurusd@bookTicker');
    await client.gets(1);
    expect(client.texts).toEqual([
      '{"stream":"eurusd@bookTicker","data":{"e":"bookTicker","u":1,"s":"EURUSD",' +
        `"b":"1.39101","B":"0","a":"1.39112","A":"0","T":${T0},"E":${T0}}}`,
    ]);
  });

  it('knows no other path', async () => {
    await open();
    const client = connect('/api');
    await until('refused', () => client.refused !== undefined);
    expect(client.refused).toBe('Unexpected server response: 404');
    const page = await fetch(venue.url.replace('ws:', 'http:'));
    expect([page.status, await page.text()]).toEqual([
      426,
      'recorded prints, not a live market: connect with a WebSocket to /stream?streams=...\n',
    ]);
  });
});

function expectRising(trades: readonly Trade[]): void {
  const fallen = trades.filter((trade, index) => {
    const before = trades[index - 1];
    return before && (trade.t <= before.t || trade.T < before.T || trade.E < before.E);
  });
  expect(fallen).toEqual([]);
}

describe('the program of the recorded venue', () => {
  const running = new Set<ChildProcess>();
  const listening: Client[] = [];
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    for (const client of listening.splice(0)) client.socket.terminate();
  });

  class Program {
    stdout = '';
    stderr = '';
    ready: { type: string; port: number; url: string } | undefined;
    exit: string | undefined;
    readonly child: ChildProcess;

    constructor(args: readonly string[], hasParent: boolean) {
      const ipc = hasParent ? (['ipc'] as const) : [];
      this.child = spawn(process.execPath, [MAIN, ...args], {
        stdio: ['ignore', 'pipe', 'pipe', ...ipc],
      });
      running.add(this.child);
      this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
      this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
      this.child.on('message', (message) => (this.ready = message as Program['ready']));
      this.child.on('exit', (code, signal) => (this.exit = signal ?? String(code)));
    }

    async listens(): Promise<string> {
      return until('the venue listens', () => /ws:\/\/[\d.:]+/.exec(this.stdout)?.[0]);
    }

    async ends(): Promise<string> {
      return until('the venue ends', () => this.exit);
    }
  }

  it('says where it is and that its prints are recorded, to its parent too', async () => {
    const program = new Program(['--file', THREE, '--port', '0', '--speed', '8', '--loop'], true);
    const url = await program.listens();
    expect(program.stdout).toBe(
      `recorded venue at ${url} — recorded prints, not a live market: LTCUSDT, ` +
        'binance-spot-ltcusdt-20250621, 3 rows, speed 8, looped\n',
    );
    await until('ready', () => program.ready);
    expect(program.ready).toEqual({ type: 'ready', port: Number(new URL(url).port), url });
    program.child.kill('SIGINT');
    program.child.kill('SIGTERM');
    expect(await program.ends()).toBe('0');
    expect(program.stderr).toBe('');
  });

  it('never gives out an id twice when it is killed, however often', async () => {
    const args = ['--file', PRINTS, '--port', '0', '--speed', '100000', '--loop'];
    const seen: Trade[] = [];
    for (let run = 0; run < 3; run += 1) {
      const program = new Program([...args, '--state', join(root, 'killed')], false);
      const client = new Client(await program.listens(), TRADES, 100_000);
      listening.push(client);
      await client.gets(300);
      program.child.kill('SIGKILL');
      await until('the end', () => client.closeCode !== undefined);
      seen.push(...client.trades);
    }
    expectRising(seen);
  });

  it('ends when its parent is gone', async () => {
    const program = new Program(['--file', THREE, '--port', '0'], true);
    await until('ready', () => program.ready);
    program.child.disconnect();
    expect(await program.ends()).toBe('0');
  });

  it('ends when its parent tells it to', async () => {
    const program = new Program(['--file', THREE, '--port', '0'], true);
    await until('ready', () => program.ready);
    program.child.send({ type: 'stop' });
    expect(await program.ends()).toBe('0');
  });

  it('ends with one line and 1 when its port is taken, and with Ctrl-C when it is alone', async () => {
    const first = new Program(['--file', THREE, '--port', '0'], false);
    const { host, port } = new URL(await first.listens());
    const second = new Program(['--file', THREE, '--port', port], false);
    expect(await second.ends()).toBe('1');
    await until('its last words', () => second.stderr !== '');
    expect(second.stderr).toBe(`tape serve: ${host} is in use by another process\n`);
    first.child.kill('SIGINT');
    expect(await first.ends()).toBe('0');
  });

  it.each([
    [['--file', THREE, '--speed', 'fast'], '2', /^tape serve: --speed must be .*\n$/],
    [['--bogus'], '2', /^tape serve: Unknown option '--bogus'.*\n$/],
    [['--file', join(root, 'none.csv.gz')], '1', /^tape serve: .*none.csv.gz: cannot be read.*\n$/],
  ])('ends with one line for %j', async (args, code, line) => {
    const program = new Program(args, false);
    expect(await program.ends()).toBe(code);
    await until('its last words', () => program.stderr !== '');
    expect(program.stderr).toMatch(line);
  });
});
