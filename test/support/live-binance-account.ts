import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BINANCE_KEY, BINANCE_SECRET, BinanceServer } from './binance-server.js';

/** A live account at a Binance of the test's own, as a configuration names it. */
export interface LiveBinanceAccount {
  readonly venue: BinanceServer;
  readonly yaml: string;
  readonly env: Readonly<Record<string, string>>;
  /** The file of the secret. */
  readonly secretPath: string;
  close(): Promise<void>;
}

export async function liveBinanceAccount(market: 'spot' | 'usdm'): Promise<LiveBinanceAccount> {
  const venue = await BinanceServer.start(market);
  // More than any stop guards: a second exit would find enough to sell.
  if (market === 'spot') venue.book.held.set('LTC', '1000');
  const dir = mkdtempSync(join(tmpdir(), 'binance-keys-'));
  const secretPath = join(dir, 'secret');
  writeFileSync(secretPath, `${BINANCE_SECRET}\n`, { mode: 0o600 });
  const keys = `key: {env: BINANCE_API_KEY}, secret: {file: "${secretPath}"}`;
  const terms = `market: ${market}, ${keys}, url: "${venue.url}", streamUrl: "${venue.streamUrl}", timeoutMs: 300, recvWindowMs: 1000`;
  return {
    venue,
    yaml: `{id: demo, broker: binance, mode: live, currency: USDT, maxOrderValue: "5000", binance: {${terms}}}`,
    env: { BINANCE_API_KEY: BINANCE_KEY },
    secretPath,
    close: async () => {
      await venue.close();
      rmSync(dir, { recursive: true });
    },
  };
}
