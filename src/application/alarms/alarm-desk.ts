import type { UnixMs } from '../../domain/kernel/units.js';
import type { Alarm, AlarmBoard } from '../ports/alarm.port.js';
import { kindOf } from './alarm-codes.js';
import type { AlarmCode } from './alarm-codes.js';

export interface AlarmChange {
  readonly change: 'raised' | 'cleared';
  readonly alarm: Alarm;
}

export interface AlarmDeskOptions {
  readonly part: string;
  readonly clock: () => UnixMs;
  /** Told once for each alarm, however often it is said again, and once when it is over. */
  readonly onChange: (change: AlarmChange) => void;
  /** Told of everything that changes the board, repeats included. */
  readonly onTouched?: () => void;
}

export const ACTIVE_ALARMS_MAX = 500;
export const RECENT_ALARMS_MAX = 200;
// What is said again within this time is the same moment.
const SAME_MOMENT_MS = 60_000;

type Kept = Pick<AlarmBoard, 'active' | 'recent' | 'raised' | 'unlisted'>;

/**
 * The alarms of one process: raised ──again──► (counted) ──clear──► over. What is said again while it lasts is one alarm;
 * a moment that is said again within a minute is one, too.
 */
export class AlarmDesk {
  /** All of them: one that is not listed for want of room must be known too, or it would be told again and again. */
  private readonly active = new Map<string, Alarm>();
  private recent: Alarm[] = [];
  private readonly raisedByCode: Partial<Record<AlarmCode, number>> = {};
  private number = 0;
  private readonly idStem: string;

  constructor(private readonly options: AlarmDeskOptions) {
    this.idStem = `${options.part}-${options.clock().toString(36)}`;
  }

  /** Goes on from what an earlier run left. What ended with that run is cleared. */
  resume(board: Kept): void {
    this.recent = board.recent.slice(-RECENT_ALARMS_MAX);
    Object.assign(this.raisedByCode, board.raised);
    for (const alarm of board.active) this.active.set(keyOf(alarm.code, alarm.about), alarm);
    for (const { code, about } of board.active) {
      if (kindOf(code).scope === 'run') this.clear(code, about, 'the process was started again');
    }
  }

  raise(code: AlarmCode, about: string, text: string): void {
    const known = this.knownOf(code, about);
    if (known) this.repeat(known, text);
    else this.begin(code, about, text);
    this.options.onTouched?.();
  }

  /** Does nothing when it is not active. */
  clear(code: AlarmCode, about: string, clearedBy: string): void {
    const known = this.active.get(keyOf(code, about));
    if (!known) return;
    this.active.delete(keyOf(code, about));
    const alarm = { ...known, clearedAtMs: this.options.clock(), clearedBy };
    this.keepRecent(alarm);
    this.options.onChange({ change: 'cleared', alarm });
    this.options.onTouched?.();
  }

  /** Makes the active ones of a code exactly these: what is gone is cleared, what is new is raised. */
  settle(code: AlarmCode, textByAbout: ReadonlyMap<string, string>, clearedBy: string): void {
    for (const alarm of [...this.active.values()]) {
      if (alarm.code === code && !textByAbout.has(alarm.about)) {
        this.clear(code, alarm.about, clearedBy);
      }
    }
    for (const [about, text] of textByAbout) {
      if (!this.isActive(code, about)) this.raise(code, about, text);
    }
  }

  /** Clears those of a code whose `about` begins so. */
  clearFrom(code: AlarmCode, stem: string, clearedBy: string): void {
    for (const alarm of [...this.active.values()]) {
      if (alarm.code === code && alarm.about.startsWith(stem))
        this.clear(code, alarm.about, clearedBy);
    }
  }

  isActive(code: AlarmCode, about: string): boolean {
    return this.active.has(keyOf(code, about));
  }

  get kept(): Kept {
    const active = [...this.active.values()];
    return {
      active: active.slice(0, ACTIVE_ALARMS_MAX),
      recent: [...this.recent],
      raised: { ...this.raisedByCode },
      unlisted: Math.max(0, active.length - ACTIVE_ALARMS_MAX),
    };
  }

  private begin(code: AlarmCode, about: string, text: string): void {
    const { severity, kind } = kindOf(code);
    const now = this.options.clock();
    const isOver = kind === 'moment';
    this.number += 1;
    const alarm: Alarm = {
      id: `${this.idStem}-${this.number}`,
      code,
      severity,
      about,
      text,
      raisedAtMs: now,
      newestAtMs: now,
      times: 1,
      clearedAtMs: isOver ? now : null,
      clearedBy: null,
    };
    this.raisedByCode[code] = (this.raisedByCode[code] ?? 0) + 1;
    if (isOver) this.keepRecent(alarm);
    else this.active.set(keyOf(code, about), alarm);
    this.options.onChange({ change: 'raised', alarm });
  }

  private repeat(known: Alarm, text: string): void {
    const again = { ...known, text, times: known.times + 1, newestAtMs: this.options.clock() };
    if (known.clearedAtMs === null) this.active.set(keyOf(known.code, known.about), again);
    else this.recent[this.recent.indexOf(known)] = again;
  }

  private knownOf(code: AlarmCode, about: string): Alarm | undefined {
    if (kindOf(code).kind === 'state') return this.active.get(keyOf(code, about));
    const since = this.options.clock() - SAME_MOMENT_MS;
    return this.recent.findLast(
      (alarm) => alarm.code === code && alarm.about === about && alarm.newestAtMs > since,
    );
  }

  private keepRecent(alarm: Alarm): void {
    this.recent.push(alarm);
    if (this.recent.length > RECENT_ALARMS_MAX) this.recent.shift();
  }
}

function keyOf(code: AlarmCode, about: string): string {
  return `${code} ${about}`;
}
