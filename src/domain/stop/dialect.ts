/**
 * How the finer points of a plan are settled, as data. Written whole into the event that arms the stop.
 *
 * The settings below the line were added later: an event from before lacks them and means what `settled` fills in.
 */
export interface Dialect {
  readonly name: string;
  /** Whether a price that only touches the stop counts. */
  readonly touch: 'inclusive' | 'strict';
  readonly order: 'move-then-check' | 'check-then-move';
  /**
   * What a share is of. A stop never loosens and the current price is best at the extreme, so that `current` gives the
   * same levels as `extreme`; it stands for engines that define it so. `entry` makes the distance a fixed amount.
   */
  readonly percentOf: 'extreme' | 'current' | 'entry';
  /** Onto the price grid; `halfEvenDecimals`: half-even to the decimals of the tick, whatever its multiple. */
  readonly rounding: 'tighter' | 'looser' | 'nearest' | 'halfEvenDecimals' | 'none';
  /** What happens to a stop that the market has already passed when it is armed. */
  readonly throughMarket: 'fire' | 'refuse';
  // ---
  /** Whether a touch counts once the stop trails, and whether it counts for the activation. */
  readonly trailTouch?: 'inclusive' | 'strict';
  /** Which price moves the stop where it is not the one that fires it. */
  readonly trailBy?: 'trigger' | 'last' | 'lastOrBidAsk';
  /** From which side the activation is reached: with the position, or against it (a stop price as a condition). */
  readonly activate?: 'favourable' | 'adverse';
  /** `ladder`: the stop climbs by whole steps of the best move from the entry, and only by whole steps. */
  readonly stepping?: 'least' | 'ladder';
  /** What the offset of a limit is measured from. */
  readonly limitFrom?: 'stop' | 'basis';
  /** The path of prices that a bar stands for, where there are only bars. */
  readonly inBar?: 'ohlc' | 'adaptive' | 'adverse-first' | 'favourable-first' | 'close';
  /** Whether a time that has come is judged before the price that comes with it, or, as by polling, after it. */
  readonly timing?: 'exact' | 'polled';
  /** Whether a distance so wide that the level could never be a price is refused. */
  readonly unreachable?: 'refuse' | 'allow';
}

export type SettledDialect = Required<Dialect>;

/** The choices of every setting; the first that an older event meant comes from `settled`. */
export const DIALECT_CHOICES: Readonly<
  Record<Exclude<keyof SettledDialect, 'name'>, readonly string[]>
> = {
  touch: ['inclusive', 'strict'],
  order: ['move-then-check', 'check-then-move'],
  percentOf: ['extreme', 'current', 'entry'],
  rounding: ['tighter', 'looser', 'nearest', 'halfEvenDecimals', 'none'],
  throughMarket: ['fire', 'refuse'],
  trailTouch: ['inclusive', 'strict'],
  trailBy: ['trigger', 'last', 'lastOrBidAsk'],
  activate: ['favourable', 'adverse'],
  stepping: ['least', 'ladder'],
  limitFrom: ['stop', 'basis'],
  inBar: ['ohlc', 'adaptive', 'adverse-first', 'favourable-first', 'close'],
  timing: ['exact', 'polled'],
  unreachable: ['refuse', 'allow'],
};

/** Fills in what an event from before a setting existed meant by its absence. */
export function settled(dialect: Dialect): SettledDialect {
  return {
    trailTouch: dialect.touch,
    trailBy: 'trigger',
    activate: 'favourable',
    stepping: 'least',
    limitFrom: 'stop',
    inBar: 'ohlc',
    timing: 'exact',
    unreachable: 'refuse',
    ...dialect,
  };
}

export const STOPLEDGER_DIALECT: SettledDialect = {
  name: 'stopledger',
  touch: 'inclusive',
  order: 'move-then-check',
  percentOf: 'extreme',
  rounding: 'tighter',
  throughMarket: 'fire',
  trailTouch: 'inclusive',
  trailBy: 'trigger',
  activate: 'favourable',
  stepping: 'least',
  limitFrom: 'stop',
  inBar: 'ohlc',
  timing: 'exact',
  unreachable: 'refuse',
};

/** The settings without the name, as a plan gives them one by one. */
export function settingsOf(dialect: Dialect): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settled(dialect)).filter(([key]) => key !== 'name'));
}

function named(name: string, changes: Partial<Dialect>): SettledDialect {
  return { ...STOPLEDGER_DIALECT, ...changes, name };
}

const CHECK_FIRST = { order: 'check-then-move', percentOf: 'current' } as const;

/** Other engines as values of the settings. Each is proven on that engine's own published cases. */
const DIALECTS: readonly SettledDialect[] = [
  STOPLEDGER_DIALECT,
  named('nautilus', { ...CHECK_FIRST, rounding: 'halfEvenDecimals', limitFrom: 'basis' }),
  // The default fill model wants a plain stop to be passed, a trailing one only to be touched.
  named('lean', {
    ...CHECK_FIRST,
    ...{ touch: 'strict', trailTouch: 'inclusive', rounding: 'none', inBar: 'adverse-first' },
  }),
  named('lean-equity', { ...CHECK_FIRST, rounding: 'none', inBar: 'adverse-first' }),
  named('freqtrade', { percentOf: 'current', rounding: 'none', inBar: 'favourable-first' }),
  named('vectorbt', {
    ...{ order: 'check-then-move', rounding: 'none', inBar: 'adverse-first' },
    unreachable: 'allow',
  }),
  // Its trailing stop lives in profit: a share of the entry, passed and not only touched.
  named('hummingbot', {
    ...{ percentOf: 'entry', rounding: 'none', trailTouch: 'strict', timing: 'polled' },
  }),
  named('openalgo', { rounding: 'none' }),
  named('robson', { rounding: 'none', stepping: 'ladder' }),
  named('flox', { rounding: 'none', inBar: 'adverse-first' }),
  named('jesse', { rounding: 'none' }),
  // The stop price of STOP_LOSS orders is a condition on the adverse side, that of TAKE_PROFIT on the favourable one.
  named('binance', { rounding: 'none', activate: 'adverse' }),
  named('binance-take-profit', { rounding: 'none' }),
  named('bybit', { rounding: 'none' }),
  named('ibkr', { rounding: 'none' }),
];

export const NAMED_DIALECTS: ReadonlyMap<string, SettledDialect> = new Map(
  DIALECTS.map((dialect) => [dialect.name, dialect]),
);
