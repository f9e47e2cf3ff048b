declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Milliseconds since the Unix epoch, UTC. A safe integer. */
export type UnixMs = number;

/** Exact decimal text in canonical form: `-?digits(.digits)?`, no trailing zeros after the point. */
export type DecimalText = Branded<string, 'DecimalText'>;

/** `<venue>:<symbol>`, such as `BINANCE:LTCUSDT`. */
export type InstrumentId = string;
export type AccountId = string;
/** ULID: sorts by the time of creation. */
export type PositionId = string;
/** ULID: sorts by the time of creation. */
export type StopId = string;
/** Also the client order id at the venue: derived from (stop id, exit ordinal, attempt), at most 32 of `[A-Za-z0-9_-]`. */
export type OrderId = string;
export type Currency = string;

/** What a position is: bought (long) or sold (short). A stop carries the side of the position it protects. */
export type PositionSide = 'long' | 'short';
export type OrderSide = 'buy' | 'sell';

/** `live` trades, `paper` simulates on live ticks, `shadow` decides and records but sends nothing. */
export type AccountMode = 'live' | 'paper' | 'shadow';

/** Where an input stands in the one order of a partition. Epochs rise at every start; seq is 0-based within an epoch. */
export interface InputRef {
  readonly partition: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Negative when `a` came before `b` in the partition. */
export function compareInputs(a: InputRef, b: InputRef): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

/** The side of the order that closes a position of this side. */
export function exitSide(side: PositionSide): OrderSide {
  return side === 'long' ? 'sell' : 'buy';
}
