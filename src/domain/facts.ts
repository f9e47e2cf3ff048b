import type { AccountEvent } from './account/account.events.js';
import type { EngineRunEvent } from './engine-run/engine-run.events.js';
import type { FeedEvent } from './feed/feed.events.js';
import type { InstrumentEvent } from './instrument/instrument.events.js';
import type { OrderEvent } from './order/order.events.js';
import type { PositionEvent } from './position/position.events.js';
import type { StopEvent } from './stop/stop.events.js';

/** Every fact that our log may hold. */
export type Fact =
  | StopEvent
  | OrderEvent
  | PositionEvent
  | AccountEvent
  | InstrumentEvent
  | FeedEvent
  | EngineRunEvent;

/** Prefixes of the streams that hold our facts, as the log's filter wants them. */
export const FACT_STREAM_PREFIXES: readonly string[] = [
  'stop-',
  'order-',
  'position-',
  'account-',
  'instrument-',
  'feed-',
  'engine-',
];
