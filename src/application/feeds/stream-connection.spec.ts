import { ScriptedTransport } from '../../../test/support/scripted-transport.js';
import { VirtualTime } from '../../../test/support/virtual-time.js';
import type { StreamProtocol } from '../ports/stream-transport.port.js';
import { StreamConnection } from './stream-connection.js';
import type { ConnectionLimits } from './stream-connection.js';
import { StreamPool } from './stream-pool.js';

const T0 = 1_750_541_280_000;
const HOUR_MS = 3_600_000;

const PROTOCOL: StreamProtocol = {
  topicsPerConnectionMax: 4,
  topicsInAddressMax: 2,
  topicsPerMessageMax: 2,
  messagesPerSecondMax: 3,
  address: (topics) => `wss://venue/${topics.join('+')}`,
  subscribe: (topics, id) => `sub ${id} ${topics.join('+')}`,
  unsubscribe: (topics, id) => `unsub ${id} ${topics.join('+')}`,
  answerIn: (text) => {
    const [word, id] = text.split(' ');
    if (word === 'hi') return { kind: 'welcome' };
    if (word === 'ok') return { kind: 'taken', id: Number(id) };
    return word === 'no' ? { kind: 'refused', id: Number(id), reason: text } : undefined;
  },
};

const LIMITS: ConnectionLimits = {
  ...{ backOffMsFirst: 100, backOffMsMax: 1_000, handshakeMsMax: 5_000, heartbeatMs: 10_000 },
  ...{ answerMsMax: 3_000, ageMsMax: 23 * HOUR_MS, overlapMs: 10_000 },
  silence: { msMin: 15_000, msMax: 120_000, factor: 4 },
};

function connect(topics: readonly string[], protocol: Partial<StreamProtocol> = {}) {
  const time = new VirtualTime(T0, 0.5);
  const transport = new ScriptedTransport();
  const told: string[] = [];
  const options = { transport, time, limits: LIMITS, protocol: { ...PROTOCOL, ...protocol } };
  const handlers = {
    onText: (text: string) => told.push(text),
    onBinary: (bytes: number) => told.push(`${bytes} bytes`),
    onConnected: () => told.push('connected'),
    onLost: (reason: string) => told.push(`lost: ${reason}`),
  };
  const connection = new StreamConnection(options, handlers);
  const pool = new StreamPool(options, handlers);
  connection.start(topics);
  const open = (): void => transport.newest.handlers.onOpen({ recorded: null });
  return { time, transport, told, connection, pool, open };
}

describe('a lasting connection', () => {
  it('names topics in its address and asks for the rest in batches within the budget of messages', () => {
    const { transport, time, open } = connect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
    expect(transport.newest.address).toBe('wss://venue/a+b');
    open();
    expect(transport.newest.sent).toEqual(['sub 1 c+d', 'sub 2 e+f', 'sub 3 g+h']);
    time.advance(999);
    expect(transport.newest.sent).toHaveLength(3);
    time.advance(1);
    expect(transport.newest.sent.at(-1)).toBe('sub 4 i+j');
  });

  it('subscribes and unsubscribes on the open connection, and knows after a loss what is wanted', () => {
    const { transport, time, connection, open } = connect(['a', 'b']);
    open();
    connection.subscribe(['c', 'a']);
    connection.unsubscribe(['b', 'x']);
    expect(transport.newest.sent).toEqual(['sub 1 c', 'unsub 2 b']);
    expect(transport.sockets).toHaveLength(1);
    transport.newest.close('gone');
    time.advance(50);
    expect(transport.newest.address).toBe('wss://venue/a+c');
  });

  it('ends a connection that does not take a subscription, in words or in silence', () => {
    const { transport, time, told, connection, open } = connect(['a']);
    open();
    connection.subscribe(['b']);
    transport.newest.handlers.onText('no 1 unknown topic');
    expect(told).toEqual(['connected', 'lost: refused by the venue: no 1 unknown topic']);
    time.advance(50);
    open();
    connection.subscribe(['c']);
    time.advance(LIMITS.answerMsMax);
    expect(told.at(-1)).toBe('lost: a subscription was not answered');
  });

  it('says who it is first, and nothing else before the welcome', () => {
    const { transport, told, open } = connect(['a', 'b', 'c'], { greeting: 'key 123' });
    open();
    expect(transport.newest.sent).toEqual(['key 123']);
    expect(told).toEqual([]);
    transport.newest.handlers.onText('hi');
    expect(transport.newest.sent).toEqual(['key 123', 'sub 1 c']);
    expect(told).toEqual(['connected', 'hi']);
  });

  it('gives up a venue that neither opens nor welcomes in time', () => {
    const { time, told, open } = connect(['a'], { greeting: 'key 123' });
    open();
    time.advance(LIMITS.handshakeMsMax);
    expect(told).toEqual(['lost: no connection within the time for it']);
  });

  it('waits with full jitter, from try to try up to twice as long', () => {
    const { transport, time, told } = connect(['a']);
    for (const ms of [50, 100, 200, 400, 500, 500]) {
      transport.newest.close('refused');
      expect(time.nextMs).toBe(ms);
      time.advance(ms);
    }
    time.chance = 0.1;
    transport.newest.close('refused');
    expect(time.nextMs).toBe(100);
    expect(told).toEqual(['lost: refused']);
  });

  it('notices a half-open connection by its heartbeat: nothing is closed, nothing answers', () => {
    const { transport, time, told, open } = connect(['a']);
    open();
    time.advance(LIMITS.heartbeatMs);
    transport.newest.answersPings = false;
    time.advance(LIMITS.heartbeatMs * 2);
    expect(told).toEqual(['connected', 'lost: no answer to the heartbeat']);
  });

  it('notices a mute connection sooner where the stream is usually busy', () => {
    const { transport, time, told, open } = connect(['a']);
    open();
    for (let frame = 0; frame < 600; frame += 1) {
      time.advance(5_000);
      transport.newest.handlers.onText('tick');
    }
    time.advance(20_000);
    expect(told.at(-1)).toBe('lost: connected but silent for 20000 ms');
    // Nothing had been learnt yet: the longest limit.
    const quiet = connect(['a']);
    quiet.open();
    quiet.time.advance(119_999);
    expect(quiet.told).toEqual(['connected']);
    quiet.time.advance(1);
    expect(quiet.told.at(-1)).toBe('lost: connected but silent for 120000 ms');
  });

  it('calls a venue that is silent all night less and less often', () => {
    const { time, transport, open } = connect(['a']);
    for (const limit of [120_000, 240_000, 480_000, 960_000, 1_920_000, 1_920_000]) {
      open();
      const { length } = transport.sockets;
      time.advance(limit - 1);
      expect(transport.sockets).toHaveLength(length);
      time.advance(1_001);
      expect(transport.sockets).toHaveLength(length + 1);
    }
  });
});

describe('a connection that grows old', () => {
  // 23 h, less up to 2 % by chance.
  const AGE_MS = 23 * HOUR_MS - Math.floor(0.5 * 23 * HOUR_MS * 0.02);

  function aged() {
    const world = connect(['a']);
    world.open();
    const [old] = world.transport.sockets;
    // Something comes all the while.
    while (world.transport.sockets.length < 2) {
      world.time.advance(4_000);
      old?.handlers.onText('old');
    }
    world.told.length = 0;
    return { ...world, old };
  }

  it('is replaced by another before the venue cuts it, and both deliver meanwhile', () => {
    const { time, transport, told, old, open } = aged();
    expect(time.clock() - T0).toBeGreaterThanOrEqual(AGE_MS);
    expect(time.clock() - T0).toBeLessThan(24 * HOUR_MS);
    expect(transport.stillOpen).toHaveLength(2);
    open();
    old?.handlers.onText('from the old one');
    transport.newest.handlers.onText('from the new one');
    time.advance(LIMITS.overlapMs);
    expect(old?.isOpen).toBe(false);
    expect(told).toEqual(['from the old one', 'from the new one']);
  });

  it('serves on when its successor cannot be made, which is tried again', () => {
    const { time, transport, told, old } = aged();
    transport.newest.close('refused');
    expect(old?.isOpen).toBe(true);
    time.advance(2_000);
    expect(transport.sockets).toHaveLength(3);
    expect(told).toEqual([]);
  });

  it('may die beside a successor that delivers already: nothing was lost', () => {
    const { told, old, transport, open } = aged();
    open();
    old?.close('24 h are over');
    transport.newest.handlers.onText('tick');
    expect(told).toEqual(['tick']);
  });

  it('is lost when it dies before its successor is there, which then takes over', () => {
    const { told, old, open } = aged();
    old?.close('24 h are over');
    open();
    expect(told).toEqual(['lost: 24 h are over', 'connected']);
  });
});

describe('many topics at a venue', () => {
  it('are spread over connections by its limit, new ones filling up what has room', () => {
    const { pool, transport } = connect([]);
    pool.subscribe(['a', 'b', 'c', 'd', 'e']);
    pool.subscribe(['f', 'g', 'h', 'i', 'a']);
    expect(pool.connectionCount).toBe(3);
    expect(transport.sockets.slice(1).map(({ address }) => address)).toEqual([
      'wss://venue/a+b',
      'wss://venue/e',
      'wss://venue/i',
    ]);
    pool.unsubscribe(['i']);
    expect(pool.connectionCount).toBe(2);
  });

  it('are connected when all connections are, and lost when one is', () => {
    const { pool, transport, told, time } = connect([]);
    pool.subscribe(['a', 'b', 'c', 'd', 'e']);
    const [, first, second] = transport.sockets;
    first?.handlers.onOpen({ recorded: null });
    expect(told).toEqual([]);
    second?.handlers.onOpen({ recorded: null });
    second?.close('gone');
    first?.close('gone too');
    time.advance(50);
    for (const socket of transport.sockets.slice(3)) socket.handlers.onOpen({ recorded: null });
    expect(told).toEqual(['connected', 'lost: gone', 'connected']);
  });
});
