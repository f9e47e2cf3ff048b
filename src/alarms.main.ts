import { WALL_TIME } from './adapters/clock/wall-time.js';
import { join } from 'node:path';
import { AlarmBoardWriter, readBoard } from './adapters/alarm-board/alarm-board.writer.js';
import { WebhookClient } from './adapters/webhook/webhook.client.js';
import { isAtLeast, kindOf } from './application/alarms/alarm-codes.js';
import { AlarmCourier } from './application/alarms/alarm-courier.js';
import { AlarmDesk } from './application/alarms/alarm-desk.js';
import type { LineFields, Say } from './application/ports/say.port.js';
import type { AlarmChange } from './application/alarms/alarm-desk.js';
import type { Alarm, AlarmBoard, AlarmMessage } from './application/ports/alarm.port.js';
import { BUILD } from './config/build.js';
import type { Config } from './config/config-shape.js';

export interface PartAlarmsOptions {
  readonly config: Pick<Config, 'dataDir' | 'alarms'>;
  /** Name of the board: one process writes it. */
  readonly part: string;
  readonly say: Say;
}

/** How long an end in order waits for alarms to arrive; what has not is sent by the next run. */
const CLOSE_MS_MAX = 2_000;
const STANDING_SAID_MAX = 20;

export function alarmBoardsDir(dataDir: string): string {
  return join(dataDir, 'alarms');
}

/** The alarms of one process: a line, a figure and a message for each, kept over restarts. */
export class PartAlarms {
  readonly desk: AlarmDesk;
  private readonly courier: AlarmCourier | undefined;
  private readonly writer: AlarmBoardWriter;
  /** Ids of what an earlier run left. */
  private readonly left: ReadonlySet<string>;

  constructor(private readonly options: PartAlarmsOptions) {
    const { config, part, say } = options;
    const path = join(alarmBoardsDir(config.dataDir), `${part}.json`);
    const before = readBoard(path);
    this.writer = new AlarmBoardWriter({
      path,
      board: () => this.board(),
      onTrouble: (reason) =>
        say(
          reason === undefined
            ? 'alarms are kept again'
            : `alarms cannot be kept in ${path}: ${reason}`,
        ),
    });
    this.desk = new AlarmDesk({
      part,
      clock: () => Date.now(),
      onChange: (change) => this.tell(change),
      onTouched: () => this.writer.touched(),
    });
    this.courier = this.openCourier(before);
    this.left = new Set(before?.active.map(({ id }) => id));
    if (before) this.desk.resume(before);
  }

  /** What an earlier run left and is still so: it was told then, but whoever starts it again looks here. */
  sayStanding(): void {
    const active = this.desk.kept.active.filter(({ id }) => this.left.has(id));
    for (const alarm of active.slice(0, STANDING_SAID_MAX)) {
      this.options.say(`ALARM STANDS ${alarm.text} [${fieldsOf(alarm)}]`, shownFields(alarm));
    }
    const more = active.length - STANDING_SAID_MAX;
    if (more > 0) this.options.say(`ALARM STANDS and ${more} more: GET /api/v1/alarms`);
  }

  async close(): Promise<void> {
    await this.courier?.close(CLOSE_MS_MAX);
    await this.writer.close();
  }

  private openCourier(before: AlarmBoard | undefined): AlarmCourier | undefined {
    const { webhook } = this.options.config.alarms;
    if (!webhook) return undefined;
    const { url, secret, timeoutMs } = webhook;
    return new AlarmCourier({
      post: new WebhookClient({ url, secret, timeoutMs, clock: () => Date.now() }),
      time: WALL_TIME,
      left: before?.undelivered ?? [],
      lost: before?.lost ?? 0,
      onTrouble: (reason) => {
        if (reason === undefined) this.desk.clear('ALARMS_UNDELIVERED', 'webhook', 'alarms arrive');
        else this.desk.raise('ALARMS_UNDELIVERED', 'webhook', `alarms do not arrive: ${reason}`);
      },
      onTouched: () => this.writer.touched(),
    });
  }

  private tell(change: AlarmChange): void {
    const { alarm } = change;
    this.options.say(lineOf(change), { change: change.change, ...shownFields(alarm) });
    const { webhook } = this.options.config.alarms;
    if (!webhook || kindOf(alarm.code).isLocal) return;
    if (isAtLeast(alarm.severity, webhook.minimumSeverity)) {
      this.courier?.take(messageOf(change, this.options.part));
    }
  }

  private board(): AlarmBoard {
    return {
      part: this.options.part,
      writtenAtMs: Date.now(),
      ...this.desk.kept,
      undelivered: this.courier?.waiting ?? [],
      lost: this.courier?.lost ?? 0,
    };
  }
}

/** First for people, then for programs: `key=value`, the code first. */
function lineOf({ change, alarm }: AlarmChange): string {
  if (change === 'raised') return `ALARM ${alarm.text} [${fieldsOf(alarm)}]`;
  return `ALARM OVER ${alarm.clearedBy ?? alarm.text} [${fieldsOf(alarm)}]`;
}

function shownFields({ code, severity, about, id }: Alarm): LineFields {
  return { code, severity, about, alarmId: id };
}

function fieldsOf({ code, severity, about, id }: Alarm): string {
  return `code=${code} severity=${severity} about=${about} id=${id}`;
}

function messageOf({ change, alarm }: AlarmChange, part: string): AlarmMessage {
  const { severity } = alarm;
  return {
    id: `${alarm.id}-${change}`,
    severity,
    body: { type: `alarm.${change}`, part, build: BUILD, alarm: shown(alarm) },
  };
}

function shown({ raisedAtMs, newestAtMs, clearedAtMs, ...alarm }: Alarm) {
  return {
    ...alarm,
    raisedAt: isoTime(raisedAtMs),
    newestAt: isoTime(newestAtMs),
    clearedAt: clearedAtMs === null ? null : isoTime(clearedAtMs),
  };
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
