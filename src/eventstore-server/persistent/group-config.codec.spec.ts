import { readGroupConfig, writeGroupConfig } from './group-config.codec.js';
import type { GroupDefinition } from './group-settings.js';

const settings = {
  resolveLinks: true,
  extraStatistics: false,
  messageTimeoutMs: 0,
  maxRetryCount: -1,
  checkpointAfterMs: 2000,
  checkpointCountMin: 10,
  checkpointCountMax: 1000,
  subscriberCountMax: 3,
  liveBufferSize: 500,
  readBatchSize: 20,
  historyBufferSize: 500,
  strategy: 'Pinned',
};
const filter = { on: 'type', regex: '', prefixes: ['a,b', 'c'], checkpointEvents: 32 } as const;

it.each<GroupDefinition>([
  { source: 's', group: '', start: 'end', filter: undefined, settings },
  { source: 's', group: 'g', start: 'start', filter: undefined, settings },
  { source: 's', group: 'g', start: { at: 2 ** 52 }, filter: undefined, settings },
  { source: '$all', group: 'g', start: { at: 77 }, filter, settings },
  { source: '$all', group: 'g', start: 'end', filter: undefined, settings },
])('reads what it wrote: %j', (definition) => {
  expect(readGroupConfig(writeGroupConfig([definition], 'me'))).toStrictEqual([definition]);
});

it.each([
  '',
  '[]',
  '{"version":"2","entries":[null]}',
  'null',
  '{"version":"3","entries":[]}',
  '{"version":"2"}',
])('takes %s for no configuration', (text) => {
  expect(readGroupConfig(Buffer.from(text))).toBeUndefined();
});
