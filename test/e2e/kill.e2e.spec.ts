import { EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import { AppProcess, isAlive } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const LATENCY_MS = 300;

/** Resolves when the log holds an event of this type. */
async function logHolds(app: AppProcess, type: string): Promise<void> {
  const client = EventStoreDBClient.connectionString(app.eventStoreUri);
  const filter = streamNameFilter({ prefixes: ['stop-', 'order-', 'position-'] });
  const subscription = client.subscribeToAll({ fromPosition: START, filter });
  try {
    await new Promise<void>((resolve, reject) => {
      subscription.on('data', ({ event }) => event?.type === type && resolve());
      subscription.on('error', reject);
    });
  } finally {
    await subscription.unsubscribe();
    await client.dispose();
  }
}

const accepted = (app: AppProcess) => app.book().filter((line) => line['kind'] === 'accepted');

/** Each step of the way, with what makes it happen and how to see that it has been reached. */
const STEPS: readonly (readonly [
  name: string,
  reach: (app: AppProcess, venue: ScriptedVenue) => Promise<void>,
])[] = [
  ['after StopArmed, before any price moves it', (app) => logHolds(app, 'StopArmed')],
  [
    'after StopTrailed',
    async (app, venue) => {
      await venue.sendPrint('83.40');
      await logHolds(app, 'StopTrailed');
    },
  ],
  [
    'after StopTriggered, before the order is in the book',
    async (app, venue) => {
      await venue.sendPrint('82.00');
      await logHolds(app, 'StopTriggered');
    },
  ],
  [
    'after the venue took the order, before OrderAcked',
    async (app, venue) => {
      await venue.sendPrint('82.00');
      await until('the order is in the book', () => accepted(app).length === 1);
    },
  ],
  [
    'after OrderAcked, before the fill',
    async (app, venue) => {
      await venue.sendPrint('82.00');
      await logHolds(app, 'OrderAcked');
    },
  ],
  [
    'as soon as the book holds the fill',
    async (app, venue) => {
      await venue.sendPrint('82.00');
      await logHolds(app, 'OrderAcked');
      await venue.sendPrint('81.99');
      await until('the fill is in the book', () =>
        app.book().some((line) => line['kind'] === 'filled'),
      );
    },
  ],
  [
    'after PositionClosed',
    async (app, venue) => {
      await venue.sendPrint('82.00');
      await logHolds(app, 'OrderAcked');
      await venue.sendPrint('81.99');
      await logHolds(app, 'PositionClosed');
    },
  ],
];

describe('SIGKILL', () => {
  it.each(STEPS)(
    '%s: the start after it settles everything with exactly one order',
    async (_, reach) => {
      const venue = await ScriptedVenue.open();
      const app = await AppProcess.prepare(venue.url, {
        submitLatencyMs: LATENCY_MS,
        ackLatencyMs: LATENCY_MS,
      });
      try {
        await app.start();
        await venue.sendThrough(0);
        await app.lastTradeIs('293517768');
        const positionId = await app.openPosition('long', '10', '83.29');
        const stopId = await app.armStop(positionId, { trail: { amount: '1.25' } });
        await reach(app, venue);
        const children = app.children();
        await app.kill();
        await until('no child outlives its parent', () => !children.some(isAlive));

        await app.start();
        await venue.sendPrint('82.00');
        await until('an order is in the book', () => accepted(app).length > 0);
        const orderId = `${stopId}-0101`;
        await until('the venue and we agree that it is there', async () => {
          const { body } = await app.get(`/api/v1/orders/${orderId}`);
          return body['status'] === 'acked' || body['status'] === 'filled';
        });
        await venue.sendPrint('81.98');
        const closed = await app.stopWhen(stopId, 'closed');
        expect(closed['unfilledQuantity']).toBe('0');
        expect(accepted(app).map((line) => line['order'].orderId)).toStrictEqual([orderId]);
        expect(app.book().filter((line) => line['kind'] === 'repeated')).toStrictEqual([]);
        expect(app.book().filter((line) => line['kind'] === 'filled')).toHaveLength(1);
        const position = (await app.get(`/api/v1/positions/${positionId}`)).body;
        expect([position['status'], position['quantity']]).toStrictEqual(['closed', '0']);
      } finally {
        await app.dispose();
        await venue.close();
      }
    },
  );

  it('of nothing but a frozen read side: the engine protects on', async () => {
    const venue = await ScriptedVenue.open();
    const app = await AppProcess.prepare(venue.url);
    try {
      await app.start();
      await venue.sendThrough(0);
      await app.lastTradeIs('293517768');
      const stopId = await app.armStop(await app.openPosition('long', '10', '83.29'), {
        stop: '82',
      });
      const readSide = app.children()[3] ?? 0;
      process.kill(readSide, 'SIGSTOP');
      await venue.sendPrint('82.00');
      await until('the exit is in the book', () => accepted(app).length === 1);
      process.kill(readSide, 'SIGKILL');
      await venue.sendPrint('81.99');
      await until('the read side answers again', () =>
        app.get('/health/live').then(
          () => true,
          () => false,
        ),
      );
      const closed = await app.stopWhen(stopId, 'closed');
      expect(closed['triggeredBy'].price).toBe('82');
    } finally {
      await app.dispose();
      await venue.close();
    }
  });

  it.each([
    ['the engine', 2],
    ['the event store', 0],
    ['PostgreSQL', 1],
  ])('of %s alone: it is started again, and the exit leaves once', async (_, place) => {
    const venue = await ScriptedVenue.open();
    const app = await AppProcess.prepare(venue.url);
    try {
      await app.start();
      await venue.sendThrough(0);
      await app.lastTradeIs('293517768');
      const stopId = await app.armStop(await app.openPosition('long', '10', '83.29'), {
        stop: '82',
      });
      const pid = app.children()[place] ?? 0;
      process.kill(pid, 'SIGKILL');
      await until('the process is gone', () => !isAlive(pid));
      await until('another one took its place', () => app.children()[place] !== pid);
      // The engine's connection died with it: the venue must have the new one before it prints.
      if (place === 2)
        await until(
          'the engine is connected',
          () => app.output.split('FeedConnected').length === 3,
        );
      await venue.sendPrint('82.00');
      await until('the exit is in the book', () => accepted(app).length === 1);
      await venue.sendPrint('81.99');
      const closed = await until('the stop is closed', () =>
        app.get(`/api/v1/stops/${stopId}`).then(
          ({ body }) => (body['status'] === 'closed' ? body : undefined),
          () => undefined,
        ),
      );
      expect(closed['triggeredBy'].price).toBe('82');
      expect(app.book().map((line) => line['kind'])).toStrictEqual(['accepted', 'filled']);
    } finally {
      await app.dispose();
      await venue.close();
    }
  });
});
