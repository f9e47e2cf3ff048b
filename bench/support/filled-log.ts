import { toEventData } from '../../src/adapters/eventstoredb/recorded-fact.js';
import { BUILD } from '../../src/config/build.js';
import type { EngineInput } from '../../src/engine/inputs.js';
import { Partition } from '../../src/engine/partition.js';
import type { TradeTick } from '../../src/engine/tick.js';
import { claimDataDirectory } from '../../src/eventstore-server/log/data-directory.js';
import { parseUuid } from '../../src/eventstore-server/protocol/uuid.codec.js';
import { EventStore, newUuid } from '../../src/eventstore-server/streams/event-store.js';
import { ANY } from '../../src/eventstore-server/streams/expected-version.js';

const PARTITION = 'p0';
const INSTRUMENT = 'BINANCE:LTCUSDT';
const STAGED_BYTES_MAX = 32 * 1024 * 1024;
const T0 = 1_750_541_100_000;

export interface FilledLog {
  readonly stops: number;
  /** Of each stop, each an event. */
  readonly moves: number;
}

/** What a partition decides: positions, stops that trail, and their moves. Not through a client: that is no question here. */
export async function fillLog(root: string, { stops, moves }: FilledLog): Promise<void> {
  const directory = claimDataDirectory(root);
  const store = await EventStore.open(directory.segments, {
    onFailure: (error) => {
      throw error;
    },
  });
  for (const input of inputs(stops, moves)) {
    for (const decision of input) {
      const { id, type, data, metadata } = toEventData(decision, { build: BUILD, wallTimeMs: T0 });
      const event = { id, type, isJson: true, data: bytesOf(data), metadata: bytesOf(metadata) };
      store.append(
        {
          stream: decision.streamId,
          expected: ANY,
          events: [{ ...event, id: parseUuid(id) ?? newUuid() }],
        },
        () => undefined,
      );
      if (store.pendingBytes > STAGED_BYTES_MAX) await store.durable();
    }
  }
  await store.durable();
  await store.close();
  directory.release();
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function* inputs(stops: number, moves: number) {
  const partition = new Partition({
    partition: PARTITION,
    recording: { recordIntervalMs: 0, trailEventsPerSecondMax: Number.MAX_SAFE_INTEGER },
  });
  let seq = -1;
  const step = (input: EngineInput) => {
    seq += 1;
    const ref = { partition: PARTITION, epoch: 1, seq };
    const { decisions, result } = partition.step({ ref, at: T0 + seq, input });
    if (result?.kind === 'rejected') throw new Error(JSON.stringify(result));
    return decisions;
  };
  const head = () => ({ commandId: `c${seq}`, actor: 'bench' });
  const grid = { priceTick: '0.01', quantityStep: '0.001', quoteCurrency: 'USDT' };
  const account = { accountId: 'demo', instrumentId: INSTRUMENT };
  yield step({ kind: 'started', build: BUILD });
  yield step({
    kind: 'command',
    command: {
      ...{ kind: 'DefineInstrument', instrumentId: INSTRUMENT, symbol: 'LTCUSDT' },
      ...{ ...grid, feeds: ['main'], ...head() },
    },
  });
  yield step({
    kind: 'command',
    command: {
      ...{ kind: 'OpenAccount', accountId: 'demo', broker: 'paper', mode: 'paper' },
      ...{ currency: 'USDT', ...head() },
    },
  });
  yield step({ kind: 'tick', tick: tickAt(8_329) });
  for (let number = 0; number < stops; number += 1) {
    const id = String(number).padStart(25, '0');
    const [positionId, stopId] = [`0${id}`, `1${id}`];
    const held = { side: 'long', quantity: '1', entryPrice: '83.29' } as const;
    const opens = { kind: 'OpenPosition', positionId, ...account, ...held, ...head() } as const;
    yield step({ kind: 'command', command: opens });
    const plan = { trail: { amount: '5' } };
    yield step({
      kind: 'command',
      command: { kind: 'ArmStop', stopId, positionId, plan, ...head() },
    });
  }
  for (let move = 1; move <= moves; move += 1)
    yield step({ kind: 'tick', tick: tickAt(8_329 + move) });
}

function tickAt(priceUnits: number): TradeTick {
  return {
    ...{ kind: 'trade', instrumentId: INSTRUMENT, feed: 'main', priceUnits, size: '1' },
    ...{ tradeId: '1', venueTimeMs: T0, receivedAtMs: T0, verdict: 'good' },
  };
}
