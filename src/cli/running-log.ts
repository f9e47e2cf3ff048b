import type { Config } from '../config/config-shape.js';
import { loadConfig } from '../config/load-config.js';
import { readRunAddresses } from '../launch/run-addresses.js';
import { WrongUse } from './command-run.js';

/** The configuration, and where the log is that belongs to it: the configured one, or that of the run. Throws WrongUse. */
export function runningLog(configFlag: string | undefined): {
  readonly config: Config;
  readonly eventStoreUri: string;
} {
  const loaded = loadConfig({ env: process.env, cwd: process.cwd(), configFlag });
  if (loaded.kind === 'mistaken') throw new WrongUse(loaded.mistakes.join('\n'));
  const { config } = loaded;
  const eventStoreUri = config.eventStoreUri ?? readRunAddresses(config.dataDir)?.eventStoreUri;
  if (eventStoreUri === undefined) {
    throw new WrongUse(`nothing runs in ${config.dataDir}: start Stopledger first`);
  }
  return { config, eventStoreUri };
}
