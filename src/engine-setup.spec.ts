import { PartitionFixture, ulidOf } from '../test/support/partition-fixture.js';
import type { CommandOutcome } from './application/ports/engine-gateway.port.js';
import type { Config } from './config/config-shape.js';
import { applyConfig, checkDemo } from './engine-setup.main.js';
import type { EngineCommand } from './engine/engine-commands.js';
import type { BrokerReport } from './engine/inputs.js';

const EXIT = `${ulidOf(2)}-0101`;

const DEMO = { isDemo: true, accounts: [{ id: 'demo' }] as never };

describe('the demo', () => {
  it('plays in its own log alone: an account of somebody there ends it before anything is done', () => {
    expect(() => checkDemo(DEMO, ['demo', 'mine'])).toThrow('the log holds account mine');
    expect(() => checkDemo(DEMO, ['demo'])).not.toThrow();
    expect(() => checkDemo({ ...DEMO, isDemo: false }, ['mine'])).not.toThrow();
  });
});

describe('a configuration that cannot be applied', () => {
  const asked = [{ id: 'demo', broker: 'paper', mode: 'shadow', currency: 'USDT' }];
  const config = { instruments: [], accounts: asked } as unknown as Config;

  /** A stop that has fired: nothing is armed any more. */
  function fired(): PartitionFixture {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.arm(2, 1, { stop: '82' });
    fixture.price('82');
    return fixture;
  }

  function outcomeOf(fixture: PartitionFixture, command: EngineCommand): CommandOutcome {
    const result = fixture.command({ ...command });
    return result.kind === 'rejected' ? result : { ...result, revision: 0, position: '0' };
  }

  async function alarmsOf(fixture: PartitionFixture): Promise<readonly string[]> {
    const told: string[] = [];
    const alarms = { raise: (...alarm: readonly string[]) => void told.push(alarm.join(' ')) };
    const host = {
      execute: (command: EngineCommand) => Promise.resolve(outcomeOf(fixture, command)),
    };
    await applyConfig(host, config, fixture.partition, alarms);
    return told;
  }

  const WHY = 'mode must stay "paper", with which the account was opened, was shadow';

  it.each<readonly [string, readonly BrokerReport[]]>([
    ['is on its way', []],
    ['is held', [{ kind: 'denied', orderId: EXIT, reason: 'no-broker', rule: 'a key' }]],
    [
      'is to be sent again',
      [{ kind: 'denied', orderId: EXIT, reason: 'insufficient', rule: 'cash' }],
    ],
  ])('ends no start while an exit %s', async (_, reports) => {
    const fixture = fired();
    for (const report of reports) fixture.report(report);
    expect(fixture.partition.openCount).toBe(1);
    expect(await alarmsOf(fixture)).toStrictEqual([
      `CONFIG_NOT_APPLIED demo configuration of demo was not applied, the log's is kept: ${WHY}`,
    ]);
  });

  it('ends the start where nothing is open', async () => {
    await expect(alarmsOf(PartitionFixture.ready())).rejects.toThrow(`configuration: ${WHY}`);
  });
});
