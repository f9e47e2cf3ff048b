import { canonical, parseDecimal, significantScale } from '../domain/kernel/decimal.js';
import { PRICE_UNITS_MAX, parsePriceUnits } from '../domain/instrument/price-grid.js';
import type { QuoteTick, Tick, TradeTick } from '../engine/tick.js';
import { RecordingUnreadable } from './recorded-trades.js';
import type { Recording } from './recorded-trades.js';

/** Prints with any of these conditions may not set the last price: average price, sold late, derivatively priced ... */
export const NOT_A_LAST_PRICE = 0x02506e0e;

const MARKET_ORDER_TYPE = 'MARKET';
// Six digits beyond the finest recorded grid.
const PRICE_SCALE_MAX = 9;
// Digits to take away from the end of a receive time to make it milliseconds.
const RECEIVED: readonly (readonly [column: string, subMsDigits: number])[] = [
  ['recv_ns', 6],
  ['recv_us', 3],
  ['recv_ms', 0],
];

export interface RecordedTicksOptions {
  readonly instrumentId: string;
  readonly feed: string;
  /** Left out: the digits that the recording's prices need. */
  readonly priceScale?: number;
}

/**
 * Rows of a recording as prices, in their order, before the gate: prints with an order type other than MARKET or with
 * a condition that may not set the last price carry the verdict `not-a-trade`.
 *
 * A row without an id has its row number for one, from 1; a side of a quote that did not change goes on as it was.
 */
export class RecordedTicks implements Iterable<Tick> {
  readonly priceScale: number;
  private readonly isQuotes: boolean;
  private readonly received: { readonly place: number; readonly subMsDigits: number } | undefined;

  constructor(
    private readonly recording: Recording,
    private readonly options: RecordedTicksOptions,
  ) {
    const { columns } = recording;
    this.isQuotes = columns.includes('bid') && columns.includes('ask');
    const found = RECEIVED.find(([column]) => columns.includes(column));
    this.received = found && { place: recording.place(found[0]), subMsDigits: found[1] };
    this.priceScale = options.priceScale ?? this.measuredScale();
  }

  [Symbol.iterator](): Generator<Tick> {
    return this.isQuotes ? this.quotes() : this.trades();
  }

  private *trades(): Generator<TradeTick> {
    const { recording, priceScale } = this;
    const { instrumentId, feed } = this.options;
    const price = recording.place('price');
    const size = recording.place('size');
    const id = this.optional('trade_id');
    const isTrade = this.tradeTest();
    for (let row = 0; row < recording.rowCount; row += 1) {
      const priceUnits = parsePriceUnits(recording.cell(row, price), priceScale);
      if (priceUnits === undefined) throw this.unreadable(row, 'price', price);
      const venueTimeMs = recording.timeMs(row);
      yield {
        kind: 'trade',
        instrumentId,
        feed,
        priceUnits,
        size: this.size(row, size),
        tradeId: id === undefined ? String(row + 1) : recording.cell(row, id),
        venueTimeMs,
        receivedAtMs: this.receivedAtMs(row, venueTimeMs),
        verdict: isTrade(row) ? 'good' : 'not-a-trade',
      };
    }
  }

  private *quotes(): Generator<QuoteTick> {
    const { recording } = this;
    const { instrumentId, feed } = this.options;
    const places = { bid: recording.place('bid'), ask: recording.place('ask') };
    const sizes = { bid: this.optional('bid_size'), ask: this.optional('ask_size') };
    const last = { bid: 0, ask: 0, bidSize: '0', askSize: '0' };
    for (let row = 0; row < recording.rowCount; row += 1) {
      for (const side of ['bid', 'ask'] as const) {
        const units = this.sideUnits(row, places[side]);
        if (units === 0) continue;
        last[side] = units;
        const place = sizes[side];
        last[`${side}Size`] = place === undefined ? '0' : this.size(row, place);
      }
      // Before both sides have been seen there is no book.
      if (last.bid === 0 || last.ask === 0) continue;
      const venueTimeMs = recording.timeMs(row);
      yield {
        kind: 'quote',
        instrumentId,
        feed,
        bidUnits: last.bid,
        askUnits: last.ask,
        bidSize: last.bidSize,
        askSize: last.askSize,
        sequence: String(row + 1),
        venueTimeMs,
        receivedAtMs: this.receivedAtMs(row, venueTimeMs),
        verdict: 'good',
      };
    }
  }

  /** 0 for a side that did not change. */
  private sideUnits(row: number, place: number): number {
    const text = this.recording.cell(row, place);
    if (text === '0' || text === '') return 0;
    const units = parsePriceUnits(text, this.priceScale);
    if (units === undefined) throw this.unreadable(row, 'price', place);
    return units;
  }

  private size(row: number, place: number): string {
    const text = this.recording.cell(row, place);
    if (!parseDecimal(text)) throw this.unreadable(row, 'size', place);
    return canonical(text);
  }

  private receivedAtMs(row: number, venueTimeMs: number): number {
    if (!this.received) return venueTimeMs;
    const { place, subMsDigits } = this.received;
    const text = this.recording.cell(row, place);
    return Number(subMsDigits === 0 ? text : text.slice(0, -subMsDigits));
  }

  private tradeTest(): (row: number) => boolean {
    const orderType = this.optional('order_type');
    const condition = this.optional('sale_condition');
    const isUsTape = condition !== undefined && this.recording.columns.includes('exchange');
    return (row) => {
      if (orderType !== undefined && this.recording.cell(row, orderType) !== MARKET_ORDER_TYPE) {
        return false;
      }
      if (!isUsTape) return true;
      return (parseInt(this.recording.cell(row, condition), 16) & NOT_A_LAST_PRICE) === 0;
    };
  }

  private optional(column: string): number | undefined {
    return this.recording.columns.includes(column) ? this.recording.place(column) : undefined;
  }

  private measuredScale(): number {
    const { recording } = this;
    const places = (this.isQuotes ? ['bid', 'ask'] : ['price']).map((one) => recording.place(one));
    let scale = 0;
    for (let row = 0; row < recording.rowCount && scale < PRICE_SCALE_MAX; row += 1) {
      for (const place of places) {
        const value = parseDecimal(recording.cell(row, place));
        if (!value) throw this.unreadable(row, 'price', place);
        scale = Math.max(scale, significantScale(value));
      }
    }
    return scale;
  }

  private unreadable(row: number, what: string, place: number): RecordingUnreadable {
    const { name } = this.recording;
    const text = JSON.stringify(this.recording.cell(row, place));
    const limits = `up to ${PRICE_UNITS_MAX} units of 10^-${this.priceScale}`;
    return new RecordingUnreadable(`${name}: row ${row}: ${text} is no ${what} (${limits})`);
  }
}
