import { AlarmDesk } from '../../src/application/alarms/alarm-desk.js';
import { FAIL_OVER_RULES, FailOverDesk } from '../../src/application/feeds/fail-over-desk.js';
import { MarketDesk } from '../../src/application/feeds/market-desk.js';
import type { MarketFeed } from '../../src/application/ports/market-feed.port.js';
import type { FeedChange } from '../../src/engine/inputs.js';
import type { PricesRead } from '../../src/engine/prices-read.js';
import { QualityGate } from '../../src/engine/quality-gate.js';
import type { Tick } from '../../src/engine/tick.js';

import { VirtualTime } from './virtual-time.js';

/** The market desk of one instrument with its feeds, the preferred one first, and all that it tells the engine. */
export class MarketFixture {
  readonly time: VirtualTime;
  readonly desk: MarketDesk;
  readonly ticks: Tick[] = [];
  readonly changes: { readonly feed: string; readonly change: FeedChange }[] = [];
  readonly lines: string[] = [];
  readonly alarms: string[] = [];
  closedUntilMs: number | undefined;
  /** Called for every input in its place. */
  onTick: (tick: Tick) => void = () => undefined;
  onChange: (feed: string, change: FeedChange) => void = () => undefined;

  constructor(
    feeds: readonly MarketFeed[],
    instrument: {
      readonly instrumentId: string;
      readonly priceScale: number;
      readonly nowMs: number;
      readonly symbol?: string;
    },
    time?: VirtualTime,
    pricesRead?: () => PricesRead,
  ) {
    this.time = time ?? new VirtualTime(instrument.nowMs);
    this.desk = new MarketDesk({
      gate: new QualityGate(),
      failOver: new FailOverDesk(FAIL_OVER_RULES, pricesRead),
      time: this.time,
      onTick: (tick) => {
        this.ticks.push(tick);
        this.onTick(tick);
      },
      onChange: (feed, change) => {
        this.changes.push({ feed, change });
        this.onChange(feed, change);
      },
      alarms: new AlarmDesk({
        ...{ part: 'engine', clock: this.time.clock },
        onChange: ({ change, alarm }) => {
          this.lines.push(alarm.text);
          this.alarms.push(`${change} ${alarm.code} ${alarm.about}`);
        },
      }),
      closedUntil: () => this.closedUntilMs,
      say: (line) => this.lines.push(line),
    });
    for (const feed of feeds) this.desk.add(feed);
    const { instrumentId, priceScale, symbol = 'SYMBOL' } = instrument;
    this.desk.follow([{ instrumentId, symbol, priceScale, feeds: feeds.map(({ id }) => id) }]);
    this.desk.watch();
  }

  /** Changes of feeds as words, without the reports of quality. */
  get words(): string[] {
    return this.changes.flatMap(({ feed, change }) => {
      if (change.change === 'quality') return [];
      if (change.change === 'failed-over') return [`${feed} → ${change.to}: ${change.reason}`];
      return [`${feed} ${change.change}`];
    });
  }
}
