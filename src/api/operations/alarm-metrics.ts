import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { ALARMS } from '../../application/alarms/alarm-codes.js';
import type { AlarmBoard, AlarmBoards } from '../../application/ports/alarm.port.js';

const CODES = Object.keys(ALARMS) as (keyof typeof ALARMS)[];

/** Figures of the alarms of all processes. Every code is there from the beginning: a rule must not wait for its first. */
export function alarmFigures(registry: Registry, boards: AlarmBoards): void {
  const registers = [registry];
  const labelNames = ['code'] as const;
  new Counter({
    name: 'stopledger_alarms_total',
    help: 'Alarms raised since the data directory was made, by code.',
    ...{ labelNames, registers },
    async collect() {
      const all = await boards.read();
      this.reset();
      for (const code of CODES)
        this.inc(
          { code },
          sum(all, ({ raised }) => raised[code] ?? 0),
        );
    },
  });
  new Gauge({
    name: 'stopledger_alarm_active',
    help: 'Alarms that last, by code.',
    ...{ labelNames, registers },
    async collect() {
      const active = (await boards.read()).flatMap((board) => board.active);
      for (const code of CODES)
        this.set({ code }, active.filter((one) => one.code === code).length);
    },
  });
  const figure = (name: string, help: string, of: (board: AlarmBoard) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(sum(await boards.read(), of));
      },
    });
  figure('stopledger_alarm_messages_waiting', 'Messages that have not arrived yet.', (board) => {
    return board.undelivered.length;
  });
  figure('stopledger_alarm_messages_lost', 'Messages that never arrived.', ({ lost }) => lost);
}

function sum(boards: readonly AlarmBoard[], of: (board: AlarmBoard) => number): number {
  return boards.reduce((total, board) => total + of(board), 0);
}
