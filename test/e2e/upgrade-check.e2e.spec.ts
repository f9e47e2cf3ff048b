import { EventStoreDBClient, NO_STREAM, jsonEvent } from '@eventstore/db-client';
import { AppProcess } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

describe('upgrade check', () => {
  let venue: ScriptedVenue;
  let app: AppProcess;
  let stopId: string;

  beforeAll(async () => {
    venue = await ScriptedVenue.open();
    app = await AppProcess.prepare(venue.url);
    await app.start();
    await venue.sendThrough(0);
    await app.lastTradeIs('293517768');
    stopId = await app.armStop(await app.openPosition('long', '10', '83.29'), {
      trail: { amount: '0.5' },
    });
    await venue.sendPrint('83.60');
    await until('the stop was moved', async () => {
      const { body } = await app.get(`/api/v1/stops/${stopId}`);
      return body['level'] === '83.1';
    });
  });

  afterAll(async () => {
    await app.dispose();
    await venue.close();
  });

  it('lets the same build take over, beside the one that runs', async () => {
    const { code, lines } = await app.command('upgrade', 'check');
    expect(lines).toStrictEqual([
      expect.stringMatching(
        /^build \S+: 1 open stops, [1-9]\d* inputs done again: none would differ$/,
      ),
    ]);
    expect(code).toBe(0);
  });

  it('names what it cannot read, refuses, and the running build guards on', async () => {
    const client = EventStoreDBClient.connectionString(app.eventStoreUri);
    const foreign = jsonEvent({ type: 'StopFromTheFuture', data: {}, metadata: { version: 1 } });
    await client.appendToStream('stop-FUTURE', foreign, { expectedRevision: NO_STREAM });
    await client.dispose();
    const { code, lines } = await app.command('upgrade', 'check', '--json');
    const report = JSON.parse(lines.join('\n')) as Record<string, any>;
    expect(code).toBe(3);
    expect(report['isSame']).toBe(false);
    expect(report['unreadable'].map(({ streamId }: any) => streamId)).toStrictEqual([
      'stop-FUTURE',
    ]);
    await venue.sendPrint('83.10');
    await until('the exit is in the book', () => app.book().length > 0);
    await venue.sendPrint('83.09');
    await app.stopWhen(stopId, 'closed');
  });

  it('says that nothing runs, as other commands do, once the running one was killed or has ended', async () => {
    await app.kill();
    const nothing = {
      code: 2,
      lines: [`stopledger: nothing runs in ${app.dataDir}: start Stopledger first`],
    };
    expect(await app.command('upgrade', 'check')).toStrictEqual(nothing);
    expect(await app.command('projections', 'list')).toStrictEqual(nothing);
    await app.start();
    await app.interrupt();
    expect(await app.command('upgrade', 'check')).toStrictEqual(nothing);
  });
});
