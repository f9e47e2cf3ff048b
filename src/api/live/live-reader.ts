import type {
  MarketView,
  PriceBrief,
  SeenPrice,
} from '../../application/ports/market-gateway.port.js';
import { instrumentMarketView } from '../nouns/market-view.js';
import type { InstrumentMarketView, MarketBarView } from '../nouns/market-view.js';

export interface LiveWire {
  send(text: string): void;
  /** Bytes that the reader has not taken yet. */
  readonly unsentBytes: number;
  /** Resolves when something of it was taken, or never will be. */
  taken(): Promise<void>;
}

/** A reader that has so much waiting gets nothing until it has taken it: what comes then is what is true then. */
export const UNSENT_BYTES_MAX = 64 * 1024;

interface Shown {
  version: number;
  /** Each part as it was sent last. */
  readonly parts: Map<string, string>;
  readonly bars: { readonly bars1m: Map<string, string>; readonly bars5m: Map<string, string> };
}

// The bar that is open and the one that ended last can still be new to a reader.
const BARS_REMEMBERED = 2;
const PARTS = ['last', 'book', 'mark', 'day'] as const;
const BARS = ['bars1m', 'bars5m'] as const;

/**
 * One reader of `/live`: what it was shown, and what of that is old.
 *
 *     unknown ──snapshot──► shown ──delta, only while it takes what it is sent──► shown
 *
 * A slow reader skips states, not extremes: high and low of what it skipped are in the bars that it gets.
 */
export class LiveReader {
  private readonly shown = new Map<string, Shown>();
  private seq = 0;

  constructor(private readonly wire: LiveWire) {}

  get isBehind(): boolean {
    return this.wire.unsentBytes > UNSENT_BYTES_MAX;
  }

  get count(): number {
    return this.shown.size;
  }

  seen(): readonly SeenPrice[] {
    return [...this.shown].map(([instrumentId, { version }]) => ({ instrumentId, version }));
  }

  snapshot(market: MarketView): void {
    const view = instrumentMarketView(market);
    const shown: Shown = {
      version: market.version,
      parts: new Map(),
      bars: { bars1m: new Map(), bars5m: new Map() },
    };
    this.shown.set(market.instrumentId, shown);
    for (const part of PARTS) isNews(shown.parts, part, view[part]);
    for (const part of BARS) newBars(shown.bars[part], view[part].slice(-BARS_REMEMBERED));
    this.say(Object.assign({ type: 'snapshot' }, view));
  }

  /** Says what has changed of it, unless the reader is behind: then it is asked again later. */
  update(brief: PriceBrief): void {
    const shown = this.shown.get(brief.instrumentId);
    if (!shown || shown.version === brief.version || this.isBehind) return;
    shown.version = brief.version;
    this.say({
      type: 'delta',
      instrumentId: brief.instrumentId,
      version: brief.version,
      ...changedParts(shown, instrumentMarketView(brief)),
    });
  }

  forget(instrumentId: string): void {
    this.shown.delete(instrumentId);
  }

  /** Numbers a message and sends it. */
  say(message: object): void {
    this.seq += 1;
    const { type, ...rest } = message as { readonly type: string };
    this.wire.send(JSON.stringify({ type, seq: this.seq, ...rest }));
  }

  /** The same for a message whose fields are text already, with the brace that ends them. */
  sayText(type: string, fields: string): void {
    this.seq += 1;
    this.wire.send(`{"type":"${type}","seq":${String(this.seq)},${fields}`);
  }

  taken(): Promise<void> {
    return this.wire.taken();
  }
}

function changedParts(shown: Shown, view: InstrumentMarketView): Partial<InstrumentMarketView> {
  const changed: Record<string, unknown> = {};
  for (const part of PARTS) {
    if (isNews(shown.parts, part, view[part])) changed[part] = view[part];
  }
  for (const part of BARS) {
    const bars = newBars(shown.bars[part], view[part]);
    if (bars.length > 0) changed[part] = bars;
  }
  return changed;
}

function newBars(known: Map<string, string>, bars: readonly MarketBarView[]): MarketBarView[] {
  const news = bars.filter((bar) => isNews(known, bar.start, bar));
  for (const start of [...known.keys()].slice(0, -BARS_REMEMBERED)) known.delete(start);
  return news;
}

function isNews(known: Map<string, string>, part: string, value: unknown): boolean {
  const text = JSON.stringify(value);
  if (known.get(part) === text) return false;
  known.set(part, text);
  return true;
}
