export type AlarmSeverity = 'info' | 'warning' | 'critical';

interface AlarmKind {
  readonly severity: AlarmSeverity;
  /** `state` lasts until it is cleared; `moment` tells of something that has happened and is over. */
  readonly kind: 'state' | 'moment';
  /** What a new run knows of it: `run` ends with the process that raised it, `log` is still true after a restart. */
  readonly scope: 'run' | 'log';
  /** Not sent by webhook: what tells that the webhook does not work. */
  readonly isLocal?: true;
}

const state = (severity: AlarmSeverity, scope: AlarmKind['scope'] = 'run') =>
  ({ severity, kind: 'state', scope }) as const;
const moment = (severity: AlarmSeverity) => ({ severity, kind: 'moment', scope: 'run' }) as const;

/** Everything that asks for a human. What each means and what to do: docs/operating/alarms.md. */
export const ALARMS = {
  LOG_SLOW: state('warning', 'log'),
  LOG_AWAY: state('critical', 'log'),
  EXIT_LEFT_TO_VENUE: state('critical'),
  LOG_UNREADABLE: moment('critical'),
  SPOOL_FULL: moment('critical'),
  SPOOL_BROKEN: moment('critical'),
  SPOOL_ABSENT: state('critical'),
  SPOOL_CONFLICT: moment('critical'),
  TAPE_UNWRITABLE: state('critical'),
  TAPE_DAMAGED: moment('warning'),
  STOP_ISOLATED: state('critical', 'log'),
  STOP_SUSPENDED: state('warning', 'log'),
  POSITION_UNPROTECTED: state('critical', 'log'),
  OWNER_UNHEARD: moment('critical'),
  PRICE_NOT_SHOWN: state('critical'),
  PRICE_ABSENT: state('critical'),
  ORDER_REFUSED: moment('critical'),
  ORDER_UNCLEAR: state('warning', 'log'),
  ORDER_MAYBE_LIVE: moment('critical'),
  CONFIG_NOT_APPLIED: state('warning'),
  BROKER_ABSENT: state('critical'),
  VENUE_MISMATCH: state('critical'),
  POSITIONS_UNKNOWN: state('critical'),
  POSITION_UNDEFINED: state('critical'),
  POSITION_RECONCILED: moment('critical'),
  POSITION_ADOPTED: moment('critical'),
  ENTRY_REFUSED: moment('warning'),
  TRADING_HALTED: state('warning', 'log'),
  KILL_SWITCH_PULLED: moment('critical'),
  EXIT_CANCELLED: moment('critical'),
  EXIT_UNFILLED: moment('critical'),
  EXIT_HELD: state('critical', 'log'),
  EXIT_LATE: state('critical'),
  EXIT_AWAITS_VENUE: state('critical'),
  INSURANCE_ABSENT: state('warning'),
  INSURANCE_DIFFERS: state('critical'),
  INSURANCE_FIRED: moment('critical'),
  INSURANCE_TARGET_HIT: moment('warning'),
  FILL_DISPUTED: moment('critical'),
  OVERSOLD: moment('critical'),
  VENUE_SILENT: state('critical'),
  FEED_LOST: state('warning'),
  FEED_SILENT: state('warning'),
  ENGINE_STALLED: moment('warning'),
  ENGINE_LAGGED: state('warning'),
  CLOCK_OFF: state('warning'),
  CLOCK_JUMPED: moment('warning'),
  PROCESS_ENDED: state('critical'),
  PROCESS_FROZEN: moment('critical'),
  HEARTBEAT_UNDELIVERED: { ...state('warning'), isLocal: true },
  ALARMS_UNDELIVERED: { ...state('warning'), isLocal: true },
} as const satisfies Readonly<Record<string, AlarmKind>>;

export type AlarmCode = keyof typeof ALARMS;

export function kindOf(code: AlarmCode): AlarmKind {
  return ALARMS[code];
}

const RANK: Readonly<Record<AlarmSeverity, number>> = { info: 0, warning: 1, critical: 2 };

export function isAtLeast(severity: AlarmSeverity, minimum: AlarmSeverity): boolean {
  return RANK[severity] >= RANK[minimum];
}
