import { ALARM_SECRET, AlarmReceiver } from '../support/alarm-receiver.js';
import { AppProcess } from '../support/app-process.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

const accepted = (app: AppProcess) =>
  app
    .book()
    .filter((line) => line['kind'] === 'accepted')
    .map((line) => line['order'].orderId as string);

describe('two engines on one log', () => {
  it('one acts; the other stands by, takes over when the first falls silent, and the first then sends nothing', async () => {
    const venue = await ScriptedVenue.open();
    const receiver = await AlarmReceiver.open();
    const owner = await AppProcess.prepare(venue.url, {}, undefined, {
      env: { TEST_ALARM_SECRET: ALARM_SECRET },
    });
    const address = `url: "${receiver.url}", secretEnv: TEST_ALARM_SECRET`;
    owner.configure(`alarms: {webhook: {${address}}, heartbeat: {${address}, everyMs: 1000}}\n`);
    let standby: AppProcess | undefined;
    try {
      await owner.start();
      await venue.sendThrough(0);
      await owner.lastTradeIs('293517768');
      const positionId = await owner.openPosition('long', '10', '83.29');
      const stopId = await owner.armStop(positionId, { stop: '82' });
      const other = await AppProcess.prepare(venue.url, {}, owner.eventStoreUri);
      standby = other;
      await other.start();
      expect(other.output).toMatch(/engine \S+ owns the partition; standing by/);

      const engine = owner.children()[2] ?? 0;
      process.kill(engine, 'SIGSTOP');
      await until('the standby has taken over', async () => {
        const { body } = await other.get('/health/ready');
        return body['checks']?.engine === 'up';
      });
      await until('the standby sees prices', async () => {
        await venue.sendPrint('83.00');
        const { body } = await other.get('/api/v1/instruments/BINANCE:LTCUSDT');
        return body['last']?.price === '83';
      });
      await venue.sendPrint('82.00');
      await until('the standby exits', () => accepted(other).length === 1);
      process.kill(engine, 'SIGCONT');
      await until('the first finds that it lost', () =>
        owner.output.includes('owns the partition now'),
      );
      await until('and stands by', () => owner.output.includes('owns the partition; standing by'));
      await venue.sendPrint('81.99');
      await other.stopWhen(stopId, 'closed');
      expect([accepted(owner), accepted(other)]).toStrictEqual([[], [`${stopId}-0101`]]);

      const beat = () => receiver.beats.at(-1)?.body;
      await until('the first tells that the second guards', () => {
        return beat()?.['guardedBy'] === 'another engine' && beat()?.['logReachable'] === true;
      });
      const store = owner.children()[0] ?? 0;
      process.kill(store, 'SIGSTOP');
      try {
        await until('the first tells that it sees the log no more', () =>
          receiver.alarms.includes('alarm.raised LOG_AWAY log'),
        );
        await until('and its beats say so', () => beat()?.['logReachable'] === false);
        expect(beat()).toMatchObject({ state: 'not guarding yet', guardedBy: 'unknown' });
        expect(receiver.alarms).not.toContain('alarm.cleared LOG_AWAY log');
      } finally {
        process.kill(store, 'SIGCONT');
      }
      await until('the end is told once the log answers', () =>
        receiver.alarms.includes('alarm.cleared LOG_AWAY log'),
      );
    } finally {
      await standby?.dispose();
      await owner.dispose();
      await venue.close();
      await receiver.close();
    }
  });
});
