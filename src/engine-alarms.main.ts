import { WALL_TIME } from './adapters/clock/wall-time.js';
import { WebhookClient } from './adapters/webhook/webhook.client.js';
import { PartAlarms } from './alarms.main.js';
import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import { knownAfter } from './application/alarms/known-after.js';
import { alarmOf, haltedText, heldText, suspendedText } from './application/alarms/fact-alarms.js';
import { Heartbeat } from './application/alarms/heartbeat.js';
import { LogSight } from './application/alarms/log-sight.js';
import { TimeWatch } from './application/alarms/time-watch.js';
import { CoverageWatch } from './application/coverage-watch.js';
import type { CircuitState } from './application/circuit-breaker.js';
import type { OrderTicket } from './application/ports/broker.port.js';
import type { Say } from './application/ports/say.port.js';
import type { UnprotectedView } from './application/ports/engine-gateway.port.js';
import type { LogReach } from './application/log-outage.js';
import { BUILD } from './config/build.js';
import type { Config } from './config/config-shape.js';
import type { Fact } from './domain/facts.js';
import type { OrderId } from './domain/kernel/units.js';
import type { Partition } from './engine/partition.js';
import type { Registry } from './engine/registry.js';

export interface EngineAlarmsOptions {
  readonly config: Config;
  readonly registry: Registry;
  readonly say: Say;
  /** What a heartbeat tells. */
  readonly state: () => Readonly<Record<string, unknown>>;
}

/** What of the engine asks for a human, and the heartbeat that an outside watcher misses when the engine is dead. */
export class EngineAlarms {
  readonly desk: AlarmDesk;
  private readonly part: PartAlarms;
  private readonly sight: LogSight;
  private readonly watch: TimeWatch;
  private coverage: CoverageWatch | undefined;
  private heartbeat: Heartbeat | undefined;
  private isClosing = false;

  constructor(private readonly options: EngineAlarmsOptions) {
    this.part = new PartAlarms({ ...options, part: 'engine' });
    this.desk = this.part.desk;
    this.sight = new LogSight({ desk: this.desk, clock: () => performance.now() });
    this.watch = new TimeWatch({
      alarms: this.desk,
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      schedule: WALL_TIME.schedule,
    });
  }

  /** From here on somebody outside may rely on the heartbeat. */
  beat(): void {
    this.heartbeat ??= this.openHeartbeat();
  }

  readonly onReach = (reach: LogReach, reason: string): void => this.sight.onReach(reach, reason);

  /** Nobody else notices the loss of the log while there is nothing to write. */
  readonly onSight = (isAnswered: boolean): void => {
    if (!this.isClosing) this.sight.onAnswer(isAnswered);
  };

  get logReachable(): boolean {
    return this.sight.isReachable;
  }

  readonly onCircuit = (accountId: string, state: CircuitState, forMs: number): void => {
    const venue = `the venue of account ${accountId}`;
    if (state === 'closed') {
      this.desk.clear('VENUE_SILENT', accountId, `${venue} answers again`);
    } else {
      const text = `${venue} gives no clear answers; asked again in ${forMs} ms`;
      this.desk.raise('VENUE_SILENT', accountId, text);
    }
  };

  readonly onAwaiting = (
    { orderId, accountId }: OrderTicket,
    restingId: OrderId,
    isOver: boolean,
  ): void => {
    if (isOver) {
      this.desk.clear('EXIT_AWAITS_VENUE', orderId, `${orderId} waits for ${restingId} no more`);
      return;
    }
    const text = `${orderId} waits until the venue of account ${accountId} has said what became of ${restingId}, which may rest there still: both together could take what is not this stop's`;
    this.desk.raise('EXIT_AWAITS_VENUE', orderId, text);
  };

  onUnheard(holder: string): void {
    const text = `engine ${holder}, which owned the stops, has not been heard of: if it lives, cut off from the log, it sends exits too; make sure that it has ended`;
    this.desk.raise('OWNER_UNHEARD', holder, text);
  }

  readonly onTape = (reason: string | undefined): void => {
    if (reason === undefined) {
      this.desk.clear('TAPE_UNWRITABLE', 'tape', 'the tape is being written again');
    } else {
      this.desk.raise('TAPE_UNWRITABLE', 'tape', `the tape cannot be written: ${reason}`);
    }
  };

  readonly onChannel = (reason: string | undefined): void => {
    const { say } = this.options;
    if (reason === undefined) say('the engine takes commands');
    else say(`the engine takes no commands yet: ${reason}`);
  };

  onDurable(fact: Fact): void {
    // A feed that is left on purpose is not lost.
    const { registry } = this.options;
    if (!this.isClosing) alarmOf(this.desk, fact, knownAfter(registry));
    this.coverage?.onFact(fact);
  }

  unreadable(streamId: string, reason: string): void {
    this.desk.raise('LOG_UNREADABLE', streamId, `unreadable record in ${streamId}: ${reason}`);
  }

  /** What the log says is still so, whatever the board of an earlier run held. */
  recovered(partition: Partition): void {
    this.sight.guards();
    const isolated = partition.isolated.map(
      (id) => [id, `stop ${id} is NOT guarded: its history cannot be folded`] as const,
    );
    this.desk.settle('STOP_ISOLATED', new Map(isolated), 'the stop can be folded again');
    const { stops } = partition.registry;
    const suspended = [...stops.where('suspended')].map(
      ({ stopId }) => [stopId, suspendedText(stopId)] as const,
    );
    this.desk.settle('STOP_SUSPENDED', new Map(suspended), 'the stop sleeps no more');
    const held = [...stops.odds()].flatMap(({ stopId, heldExits = [] }) =>
      heldExits.map((exit) => [stopId, heldText({ stopId, ...exit })] as const),
    );
    this.desk.settle('EXIT_HELD', new Map(held), 'the exit goes on or is settled');
    const halted = [...partition.registry.halts.keys()].map((id) => [id, haltedText(id)] as const);
    this.desk.settle('TRADING_HALTED', new Map(halted), 'the account may enter again');
    const unclear = partition
      .unsettledOrders()
      .filter(({ status }) => status === 'unknown')
      .map(({ orderId }) => [orderId, `${orderId} is still unclear; looking it up`] as const);
    this.desk.settle('ORDER_UNCLEAR', new Map(unclear), 'the order is settled or known');
    this.coverage = new CoverageWatch({
      registry: partition.registry,
      alarms: this.desk,
      time: WALL_TIME,
      graceMs: this.options.config.alarms.unprotectedAfterMs,
    });
    this.coverage.begin();
    this.part.sayStanding();
  }

  get unprotected(): UnprotectedView {
    return this.coverage?.view() ?? { positions: [], quantitySeconds: [] };
  }

  closing(): void {
    this.isClosing = true;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.heartbeat?.close();
    this.coverage?.close();
    this.watch.close();
    await this.part.close();
  }

  private openHeartbeat(): Heartbeat | undefined {
    const { heartbeat } = this.options.config.alarms;
    if (!heartbeat) return undefined;
    const { url, secret, timeoutMs, everyMs } = heartbeat;
    return new Heartbeat({
      post: new WebhookClient({ url, secret, timeoutMs, clock: WALL_TIME.clock }),
      time: WALL_TIME,
      everyMs,
      idStem: `engine-${Date.now().toString(36)}`,
      state: () => ({
        build: BUILD,
        alarmsActive: this.desk.kept.active.length,
        ...this.options.state(),
      }),
      onTrouble: (reason) => {
        if (reason === undefined) {
          this.desk.clear('HEARTBEAT_UNDELIVERED', 'heartbeat', 'the heartbeat arrives');
        } else {
          const text = `the heartbeat does not arrive: ${reason}`;
          this.desk.raise('HEARTBEAT_UNDELIVERED', 'heartbeat', text);
        }
      },
    });
  }
}
