import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BINANCE_KEY, BINANCE_SECRET, BinanceServer } from './binance-server.js';

/** A live account at a Binance spot of the test's own, as a configuration names it. */
export interface LiveSpotAccount {
  readonly venue: BinanceServer;
  readonly yaml: string;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Holds more than any stop guards: a second exit would find enough to sell. */
export async function liveSpotAccount(): Promise<LiveSpotAccount> {
  const venue = await BinanceServer.start('spot');
  venue.book.held.set('LTC', '1000');
  const dir = mkdtempSync(join(tmpdir(), 'binance-keys-'));
  const secret = join(dir, 'secret');
  writeFileSync(secret, `${BINANCE_SECRET}\n`, { mode: 0o600 });
  const terms = `market: spot, key: {env: BINANCE_API_KEY}, secret: {file: "${secret}"}, url: "${venue.url}", streamUrl: "${venue.streamUrl}", timeoutMs: 300, recvWindowMs: 1000`;
  return {
    venue,
    yaml: `{id: demo, broker: binance, mode: live, currency: USDT, maxOrderValue: "5000", binance: {${terms}}}`,
    env: { BINANCE_API_KEY: BINANCE_KEY },
    close: async () => {
      await venue.close();
      rmSync(dir, { recursive: true });
    },
  };
}
