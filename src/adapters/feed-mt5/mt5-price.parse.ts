import { parseExactJson } from '../../codecs/exact-json.js';
import { parsePriceUnits } from '../../domain/instrument/price-grid.js';
import type { UnixMs } from '../../domain/kernel/units.js';
import type { FeedInstrument } from '../../application/ports/market-feed.port.js';
import type { QuoteTick } from '../../engine/tick.js';

/** Why an answer was not read. Each is counted under this name. */
export type Mt5PriceRefusal =
  'too-large' | 'not-json' | 'not-an-object' | 'wrong-symbol' | 'bad-time' | 'bad-price';

export type Mt5Price =
  | { readonly kind: 'tick'; readonly tick: QuoteTick }
  | { readonly kind: 'refused'; readonly reason: Mt5PriceRefusal };

const ANSWER_CHARS_MAX = 65_536;
// A terminal quotes dealers' prices: it tells no sizes.
const SIZE_NOT_TOLD = '1';

/** Reads MetaApi's answer to the question for the price of one symbol. Never throws, keeps no state. */
export function readMt5Price(
  text: string,
  { instrumentId, symbol, priceScale }: FeedInstrument,
  from: { readonly feed: string; readonly receivedAtMs: UnixMs },
): Mt5Price {
  if (text.length > ANSWER_CHARS_MAX) return refused('too-large');
  let answer: unknown;
  try {
    answer = parseExactJson(text);
  } catch {
    return refused('not-json');
  }
  if (typeof answer !== 'object' || answer === null) return refused('not-an-object');
  const { symbol: named, bid, ask, time } = answer as Readonly<Record<string, unknown>>;
  if (named !== symbol) return refused('wrong-symbol');
  const venueTimeMs = timeOf(time);
  if (venueTimeMs === undefined) return refused('bad-time');
  const bidUnits = unitsOf(bid, priceScale);
  const askUnits = unitsOf(ask, priceScale);
  if (bidUnits === undefined || askUnits === undefined) return refused('bad-price');
  const tick: QuoteTick = {
    ...{ kind: 'quote', instrumentId, ...from, venueTimeMs, verdict: 'good' },
    ...{ bidUnits, askUnits, bidSize: SIZE_NOT_TOLD, askSize: SIZE_NOT_TOLD, sequence: '' },
  };
  return { kind: 'tick', tick };
}

function unitsOf(value: unknown, scale: number): number | undefined {
  return typeof value === 'string' ? parsePriceUnits(value, scale) : undefined;
}

function timeOf(value: unknown): UnixMs | undefined {
  const isIso =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
  const timeMs = isIso ? Date.parse(value) : NaN;
  return timeMs > 0 ? timeMs : undefined;
}

function refused(reason: Mt5PriceRefusal): Mt5Price {
  return { kind: 'refused', reason };
}
