import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenFile } from '../../src/adapters/token-file/token-file.js';
import { startApi } from './api-fixture.js';
import { fuzzApi } from './api-fuzz.js';
import type { FuzzReport } from './api-fuzz.js';
import { MemoryEventFeed } from './memory-event-feed.js';
import { temporaryFolder } from './postgres-fixture.js';
import { READ_SIDE_END, READ_SIDE_LOG } from './read-side-log.js';

/** The API in its own process group of parts, and so many requests of a seed. `bugs` are faults of ours. */
export async function proveByFuzz(
  seed: number,
  requests: number,
): Promise<FuzzReport & { readonly bugs: readonly unknown[] }> {
  const folder = temporaryFolder('fuzz');
  const tokens = new TokenFile(join(folder.path, 'tokens.json'));
  const asked = { name: 'fuzz', scopes: ['trade'] as const, accounts: ['other'] };
  const { token } = tokens.create(asked, new Date('2025-06-21T21:31:00Z'));
  const headers = { authorization: `Bearer ${token}` };
  const access = { tokens, requestsPerSecond: 1_000_000 };
  const api = await startApi(new MemoryEventFeed(READ_SIDE_LOG), undefined, access);
  try {
    await api.get(`/api/v1/stops?waitFor=${READ_SIDE_END}`, headers);
    const schemaPath = join(__dirname, '../../src/api/graphql/schema.graphql');
    const schemaText = readFileSync(schemaPath, 'utf8');
    const report = await fuzzApi(api, { seed, requests, headers, schemaText });
    return { ...report, bugs: api.bugs };
  } finally {
    await api.close();
    folder.remove();
  }
}
