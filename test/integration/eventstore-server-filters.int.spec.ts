import {
  type EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  type Position,
  streamNameFilter,
} from '@eventstore/db-client';
import { anEvent, shareServer } from './eventstore-server.builder.js';
import { Listener } from './subscription-listener.builder.js';

let client: EventStoreDBClient;
let streams = 0;

shareServer('filters', (shared) => ({ client } = shared));

/** What a filter lets through of what is written behind a mark, once all of it has been considered. */
async function through(
  filter: Filter,
  types: readonly string[],
  stream: string,
): Promise<string[]> {
  const mark = await client.appendToStream(`mark-${++streams}`, anEvent(0));
  // A name of its own each time: events of the same ids would be taken for repeated ones.
  await client.appendToStream(
    stream.replace('-', `-${++streams}-`),
    types.map((type, n) => anEvent(n, type)),
  );
  const fromPosition = mark.position ?? 'start';
  const listener = new Listener(client.subscribeToAll({ fromPosition, filter }));
  while (!listener.heard.includes('caught up')) await listener.hears(listener.heard.length + 1);
  await listener.subscription.unsubscribe();
  return listener.heard.slice(1, -1).map((line) => line.split(' ')[1] ?? '');
}

const TYPES = ['Order', 'order', 'OrderFilled', 'Ördnung', '$system', 'Preorder'];

it.each([
  ['the beginning of a type', eventTypeFilter({ prefixes: ['Order'] }), ['Order', 'OrderFilled']],
  [
    'one of several beginnings',
    eventTypeFilter({ prefixes: ['Ö', 'Pre'] }),
    ['Ördnung', 'Preorder'],
  ],
  [
    'an expression found anywhere',
    eventTypeFilter({ regex: 'rder' }),
    ['Order', 'order', 'OrderFilled', 'Preorder'],
  ],
  ['an expression for the whole', eventTypeFilter({ regex: '^Order$' }), ['Order']],
  [
    'an expression that heeds no case',
    eventTypeFilter({ regex: '(?i)^order$' }),
    ['Order', 'order'],
  ],
  [
    'letters of any script',
    eventTypeFilter({ regex: '^\\p{L}rd' }),
    ['Order', 'order', 'OrderFilled', 'Ördnung'],
  ],
  [
    'all but what the node writes',
    excludeSystemEvents(),
    TYPES.filter((type) => type !== '$system'),
  ],
])('lets %s through, in order', async (_what, filter, wanted) => {
  expect(await through(filter, TYPES, 'types-1')).toEqual(wanted);
});

it('goes by the name of the stream, whatever script it is in', async () => {
  expect(await through(streamNameFilter({ prefixes: ['zł'] }), ['A', 'B'], 'złoto-1')).toEqual([
    'A',
    'B',
  ]);
  expect(await through(streamNameFilter({ prefixes: ['zl'] }), ['A', 'B'], 'złoto-1')).toEqual([]);
  expect(await through(streamNameFilter({ regex: '^z.*oto.*-2$' }), ['C'], 'złoto-2')).toEqual([
    'C',
  ]);
});

it('refuses an expression that is none, before it confirms anything', async () => {
  const listener = new Listener(client.subscribeToAll({ filter: eventTypeFilter({ regex: '(' }) }));
  expect(await listener.hears(1)).toEqual(['error']);
});

/** Checkpoints while events are considered that all lie alone behind a mark, and what was sent before each. */
async function checkpoints(
  window: { readonly maxSearchWindow?: number; readonly checkpointInterval: number },
  count: number,
): Promise<bigint[]> {
  const mark = await client.appendToStream(`mark-${++streams}`, anEvent(0));
  const written = await client.appendToStream(
    `counted-${++streams}`,
    Array.from({ length: count }, (_, n) => anEvent(n, 'Counted')),
  );
  const reached: bigint[] = [];
  const checkpointReached = (_: unknown, { commit }: Position): void => void reached.push(commit);
  const filter = eventTypeFilter({ prefixes: ['Counted'], ...window, checkpointReached });
  const fromPosition = mark.position ?? 'start';
  const listener = new Listener(client.subscribeToAll({ fromPosition, filter }));
  await listener.hears(count + 2);
  await listener.subscription.unsubscribe();
  expect(reached.every((commit) => commit <= (written.position?.commit ?? 0n))).toBe(true);
  return reached;
}

it.each([
  ['window 32 twice', { checkpointInterval: 2 }, 384, 6],
  ['window 10 once', { maxSearchWindow: 10, checkpointInterval: 1 }, 384, 38],
  ['fewer than an interval', { checkpointInterval: 2 }, 63, 0],
])('counts what it considers: %s', async (_what, window, count, wanted) => {
  const reached = await checkpoints(window, count);
  expect(reached).toHaveLength(wanted);
  expect([...reached].sort((a, b) => (a < b ? -1 : 1))).toEqual(reached);
});
