import { EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import { AppProcess, isAlive } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const WAY_OUT = [
  'StopArmed',
  'StopTriggered',
  'OrderPlaced',
  'OrderAcked',
  'OrderFilled',
  'PositionReduced',
  'PositionClosed',
  'StopClosed',
];

/** Types of the facts about stops, orders and positions, in the order of the log. */
async function storyIn(app: AppProcess): Promise<string[]> {
  const client = EventStoreDBClient.connectionString(app.eventStoreUri);
  const filter = streamNameFilter({ prefixes: ['stop-', 'order-', 'position-'] });
  const types: string[] = [];
  const subscription = client.subscribeToAll({ fromPosition: START, filter });
  try {
    await new Promise<void>((resolve, reject) => {
      subscription.on('data', ({ event }) => {
        types.push(event?.type ?? '');
        if (event?.type === 'StopClosed') resolve();
      });
      subscription.on('error', reject);
    });
  } finally {
    await subscription.unsubscribe();
    await client.dispose();
  }
  return types;
}

const ofKind = (app: AppProcess, kind: string) =>
  app.book().filter((line) => line['kind'] === kind);

describe('a log that does not answer', () => {
  let venue: ScriptedVenue;
  let app: AppProcess;
  let stopId: string;
  let store: number;

  beforeEach(async () => {
    venue = await ScriptedVenue.open();
    app = await AppProcess.prepare(venue.url);
    await app.start();
    await venue.sendThrough(0);
    await app.lastTradeIs('293517768');
    stopId = await app.armStop(await app.openPosition('long', '10', '83.29'), { stop: '82' });
    store = app.children()[0] ?? 0;
  });

  afterEach(async () => {
    if (isAlive(store)) process.kill(store, 'SIGCONT');
    await app.dispose();
    await venue.close();
  });

  it('holds no exit back: it leaves and fills, entries are refused, and the log is whole and in order afterwards', async () => {
    process.kill(store, 'SIGSTOP');
    await venue.sendPrint('82.00');
    await until('the exit is in the book', () => ofKind(app, 'accepted').length === 1);
    await venue.sendPrint('81.99');
    await until('and filled', () => ofKind(app, 'filled').length === 1);
    const refused = await app.post('/api/v1/positions', {
      accountId: 'demo',
      instrumentId: 'BINANCE:LTCUSDT',
      side: 'long',
      quantity: '1',
      entryPrice: '82.00',
    });
    expect([refused.status, refused.headers.get('retry-after')]).toStrictEqual([503, '1']);
    process.kill(store, 'SIGCONT');
    const closed = await app.stopWhen(stopId, 'closed');
    expect(closed['unfilledQuantity']).toBe('0');
    const story = (await storyIn(app)).filter((type) => type !== 'PositionOpened');
    expect(story).toStrictEqual(WAY_OUT.filter((type) => story.includes(type)));
    expect(story.slice(0, 5)).toStrictEqual(WAY_OUT.slice(0, 5));
    expect(ofKind(app, 'accepted').map((line) => line['order'].orderId)).toStrictEqual([
      `${stopId}-0101`,
    ]);
    expect(ofKind(app, 'repeated')).toStrictEqual([]);
    expect(app.output).toContain('ALARM event log away');
    await until('the end is said', () => app.output.includes('event log reachable again'));
  });

  it('and a kill in the middle of it: the next start brings the spool into the log and sends nothing twice', async () => {
    process.kill(store, 'SIGSTOP');
    await venue.sendPrint('82.00');
    await until('the exit is in the book', () => ofKind(app, 'accepted').length === 1);
    const children = app.children();
    await app.kill();
    process.kill(store, 'SIGCONT');
    await until('no child outlives its parent', () => !children.some(isAlive));

    await app.start();
    expect(app.output).toMatch(/[1-9]\d* decisions of the spool are in the log/);
    await venue.sendPrint('81.98');
    await app.stopWhen(stopId, 'closed');
    const story = (await storyIn(app)).filter((type) => type !== 'PositionOpened');
    expect(story.filter((type) => type === 'StopTriggered')).toHaveLength(1);
    expect(story.slice(0, 3)).toStrictEqual(WAY_OUT.slice(0, 3));
    expect(ofKind(app, 'accepted').map((line) => line['order'].orderId)).toStrictEqual([
      `${stopId}-0101`,
    ]);
    expect(ofKind(app, 'repeated')).toStrictEqual([]);
    expect(ofKind(app, 'filled')).toHaveLength(1);
  });
});
