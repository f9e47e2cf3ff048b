import type { UnixMs } from '../domain/kernel/units.js';
import { tradesFrom } from '../domain/instrument/trading-hours.js';
import type { KnownInstrument } from '../engine/registry.js';
import type { Tick } from '../engine/tick.js';

const TRADES_MS = 60_000;

/**
 * When an instrument trades next, while it does not. What it shows counts for more than what its calendar says: one that
 * has printed within a minute is open, so that a special session never keeps an exit back.
 */
export function closedUntil(
  instrument: Pick<KnownInstrument, 'definition'> | undefined,
  newestPrint: Pick<Tick, 'receivedAtMs'> | undefined,
  nowMs: UnixMs,
): UnixMs | undefined {
  const hours = instrument?.definition.tradingHours;
  if (!hours || (newestPrint && nowMs - newestPrint.receivedAtMs < TRADES_MS)) return undefined;
  const from = tradesFrom(hours, nowMs);
  return from !== undefined && from > nowMs ? from : undefined;
}
