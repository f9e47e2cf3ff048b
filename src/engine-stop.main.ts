import { WALL_TIME } from './adapters/clock/wall-time.js';
import { setTimeout as pause } from 'node:timers/promises';
import type { EngineHost } from './application/engine-host.js';
import type { JournalLine } from './application/journal-line.js';
import { endInOrder } from './application/orderly-end.js';
import type { EndStep } from './application/orderly-end.js';
import { isExit } from './domain/order/order-state.js';
import type { KnownOrder } from './domain/order/order-state.js';
import type { EngineAlarms } from './engine-alarms.main.js';
import type { Partition } from './engine/partition.js';

/** What an engine is stopped by. Whatever it has not got yet is left out. */
export interface StoppableEngine {
  readonly partition: Partition;
  readonly host: EngineHost | undefined;
  readonly line: JournalLine;
  readonly alarms: EngineAlarms;
  closeChannel(): Promise<void>;
  closeFeeds(): Promise<void>;
  closeExecution(): void;
  snapshot(): Promise<void>;
  release(): Promise<void>;
  closeFiles(): Promise<void>;
  closeBrokers(): Promise<void>;
  closeLog(): Promise<void>;
}

/** The parent ends by force what takes longer than 10 s. */
const ENGINE_STOP_MS_MAX = 8_000;
const ENTRIES_MS_MAX = 2_000;
const DRAIN_MS_MAX = 4_000;
const STEP_MS_MAX = 1_000;
const LOOK_MS = 10;

/** Ends an engine in order: nothing new, entries taken back, what stays unguarded said, the log told, all closed. */
export async function stopEngine(engine: StoppableEngine, say: (line: string) => void) {
  const { partition, host, line, alarms } = engine;
  const plain = (name: string, run: () => Promise<void>, withinMs = STEP_MS_MAX): EndStep => ({
    ...{ name, withinMs },
    run: () => run().then(() => undefined),
  });
  const steps: EndStep[] = [
    plain('no new commands', () => engine.closeChannel()),
    { name: 'entries taken back', withinMs: ENTRIES_MS_MAX, run: () => takeBack(engine) },
    { name: 'protection looked at', withinMs: STEP_MS_MAX, run: () => lookAround(engine) },
    plain('feeds left', () => engine.closeFeeds()),
    {
      name: 'end recorded, journal flushed',
      withinMs: DRAIN_MS_MAX,
      run: async () => {
        engine.closeExecution();
        host?.close();
        await Promise.all([host?.onEvent({ kind: 'stopped' }), line.drained()]);
        return undefined;
      },
    },
    plain('snapshot made', () => engine.snapshot()),
    plain('partition given back', async () => {
      line.close();
      await engine.release();
    }),
    plain('tape and spool closed', () => engine.closeFiles()),
    plain('brokers left', () => engine.closeBrokers()),
    plain('log left', () => engine.closeLog()),
  ];
  alarms.closing();
  const monotonicMs = () => performance.now();
  await endInOrder(steps, { totalMs: ENGINE_STOP_MS_MAX, time: WALL_TIME, monotonicMs, say });
  if (partition.stopsArmed > 0) {
    say(`stopping: ${partition.stopsArmed} stops are not guarded until the next start`);
  }
  await alarms.close();
}

/** An entry that filled now would stand without an engine to guard it. */
async function takeBack({ partition, host, line }: StoppableEngine): Promise<string | undefined> {
  const resting = () => partition.unsettledOrders().filter((order) => !isExit(order));
  const entries = resting();
  // Without the log it is not known what a command comes to: the next start looks every order up.
  if (!host || entries.length === 0 || !line.available) return undefined;
  await Promise.all(entries.map((entry) => cancel(host, entry)));
  while (resting().length > 0) await pause(LOOK_MS);
  return `${entries.length}`;
}

async function cancel(host: EngineHost, { orderId }: KnownOrder): Promise<void> {
  const head = { commandId: `stop-${host.inputs}-${orderId}`, actor: 'shutdown' };
  await host.execute({ kind: 'CancelOrder', ...head, orderId });
}

function lookAround({ partition, alarms }: StoppableEngine): Promise<string | undefined> {
  const { positions } = alarms.unprotected;
  const exits = partition.unsettledOrders().filter(isExit).length;
  const found = [
    ...positions.map(
      ({ positionId, quantity, instrumentId }) =>
        `${quantity} ${instrumentId} of position ${positionId} UNPROTECTED`,
    ),
    ...(exits > 0 ? [`${exits} exits under way: looked up by the next start`] : []),
  ];
  return Promise.resolve(found.length === 0 ? undefined : found.join('; '));
}
