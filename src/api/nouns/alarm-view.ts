import { ObjectType } from '@nestjs/graphql';
import type { Alarm, AlarmBoard } from '../../application/ports/alarm.port.js';
import { CountField, TextField } from './fields.js';

@ObjectType('Alarm')
export class AlarmView implements Omit<Alarm, 'raisedAtMs' | 'newestAtMs' | 'clearedAtMs'> {
  @TextField() readonly id!: Alarm['id'];
  @TextField() readonly code!: Alarm['code'];
  @TextField({ description: 'info, warning or critical' }) readonly severity!: Alarm['severity'];
  @TextField({ description: 'What it concerns: an id of ours, or the name of a part.' })
  readonly about!: Alarm['about'];
  @TextField() readonly text!: Alarm['text'];
  @TextField({ description: 'The process that raised it.' }) readonly part!: AlarmBoard['part'];
  @TextField({ description: 'active or over' }) readonly state!: 'active' | 'over';
  @CountField({ description: 'How often it was said.' }) readonly times!: Alarm['times'];
  @TextField() readonly raisedAt!: string;
  @TextField({ description: 'When it was last said.' }) readonly newestAt!: string;
  @TextField({ nullable: true }) readonly clearedAt!: string | null;
  @TextField({ nullable: true }) readonly clearedBy!: Alarm['clearedBy'];
}

const RANK: Readonly<Record<Alarm['severity'], number>> = { critical: 0, warning: 1, info: 2 };

/** Active ones first, the most severe first, the newest first. */
export function alarmViews(
  boards: readonly AlarmBoard[],
  states: readonly string[],
): readonly AlarmView[] {
  const all = boards.flatMap(({ part, active, recent }) => [
    ...active.map((alarm) => viewOf(alarm, part, 'active')),
    ...recent.map((alarm) => viewOf(alarm, part, 'over')),
  ]);
  return all.filter(({ state }) => states.includes(state)).sort(inOrder);
}

function inOrder(a: AlarmView, b: AlarmView): number {
  if (a.state !== b.state) return a.state === 'active' ? -1 : 1;
  const bySeverity = a.state === 'active' ? RANK[a.severity] - RANK[b.severity] : 0;
  if (bySeverity !== 0) return bySeverity;
  return a.newestAt === b.newestAt ? 0 : a.newestAt < b.newestAt ? 1 : -1;
}

function viewOf(alarm: Alarm, part: string, state: AlarmView['state']): AlarmView {
  const { raisedAtMs, newestAtMs, clearedAtMs, ...rest } = alarm;
  return {
    ...rest,
    ...{ part, state, raisedAt: iso(raisedAtMs), newestAt: iso(newestAtMs) },
    clearedAt: clearedAtMs === null ? null : iso(clearedAtMs),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
