import { ALARM_SECRET, AlarmReceiver } from '../support/alarm-receiver.js';
import { AppProcess } from '../support/app-process.js';
import { CutLine } from '../support/cut-line.js';
import { startMemoryStore } from '../support/memory-store.js';
import { ScriptedVenue } from '../support/scripted-venue.js';
import { until } from '../support/until.js';

describe('the heartbeat of an engine that is starting', () => {
  it('does not say that it guards while a log that stands still keeps it from ending its recovery', async () => {
    const receiver = await AlarmReceiver.open();
    const venue = await ScriptedVenue.open();
    const store = await startMemoryStore();
    const line = await CutLine.open(store.port);
    const log = `esdb://127.0.0.1:${line.port}?tls=false`;
    const env = { TEST_ALARM_SECRET: ALARM_SECRET };
    const app = await AppProcess.prepare(venue.url, {}, log, { env });
    const address = `url: "${receiver.url}", secretEnv: TEST_ALARM_SECRET`;
    app.configure(`alarms: {webhook: {${address}}, heartbeat: {${address}, everyMs: 1000}}\n`);
    const states = () => receiver.beats.map(({ body }) => `${body['epoch']} ${body['state']}`);
    try {
      // A field of `EngineRecovered`, with which recovery ends.
      line.cutBefore('ordersResumed');
      const running = app.start();
      await until('its log stands still', () => line.isCut);
      const before = receiver.beats.length;
      await until('it beats on', () => receiver.beats.length >= before + 3);
      expect([...new Set(states())]).toStrictEqual(['0 not guarding yet', '1 not guarding yet']);
      line.mend();
      await running;
      await until('it says that it guards', () => states().at(-1) === '1 guarding');
    } finally {
      line.mend();
      await app.dispose();
      await line.close();
      store.kill();
      await venue.close();
      await receiver.close();
    }
  });
});
