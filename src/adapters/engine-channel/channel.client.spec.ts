import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandOutcome } from '../../application/ports/engine-gateway.port.js';
import type { EngineCommand } from '../../engine/engine-commands.js';
import { ChannelClient } from './channel.client.js';
import { ChannelServer } from './channel.server.js';
import type { ChannelServerOptions } from './channel.server.js';

const command = (commandId: string, actor = 'test') => ({ commandId, actor }) as EngineCommand;

const accepted = (id: string): CommandOutcome => ({
  ...{ kind: 'accepted', id, streamId: `stop-${id}`, revision: 0, position: '7' },
});

describe('commands on their way to the engine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'channel-client-'));
  const addressPath = join(dir, 'engine.json');
  let server: ChannelServer;
  let client: ChannelClient;
  /** What the engine was given, in order; each is answered by the test. */
  let given: Map<string, (outcome: CommandOutcome | Error) => void>;
  let arrived: () => void;

  beforeEach(async () => {
    given = new Map();
    arrived = () => undefined;
    server = new ChannelServer({
      addressPath,
      host: '127.0.0.1',
      deadlineMs: 5_000,
      onTrouble: () => undefined,
      execute: ({ commandId }) =>
        new Promise((resolve, reject) => {
          given.set(commandId, (it) => (it instanceof Error ? reject(it) : resolve(it)));
          arrived();
        }),
    } as Partial<ChannelServerOptions> as ChannelServerOptions);
    await server.listen();
    client = new ChannelClient({ addressPath, commandDeadlineMs: 5_000, viewDeadlineMs: 1_000 });
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const when = (count: number) =>
    new Promise<void>((resolve) => {
      arrived = () => {
        if (given.size === count) resolve();
      };
      arrived();
    });

  it('keep their order, and nobody waits for the outcome of another', async () => {
    const [first, second] = [client.execute(command('a')), client.execute(command('b'))];
    await when(2);
    expect([...given.keys()]).toStrictEqual(['a', 'b']);
    given.get('b')?.(accepted('b'));
    expect(await second).toStrictEqual(accepted('b'));
    const third = client.execute(command('c'));
    await when(3);
    given.get('c')?.(accepted('c'));
    expect(await third).toStrictEqual(accepted('c'));
    given.get('a')?.(accepted('a'));
    expect(await first).toStrictEqual(accepted('a'));
  });

  it('all arrive, however many there are and however long', async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `c${at}`);
    const outcomes = ids.map((id) => client.execute(command(id, 'x'.repeat(5_000))));
    await when(ids.length);
    for (const [id, answer] of given) answer(accepted(id));
    expect(await Promise.all(outcomes)).toStrictEqual(ids.map(accepted));
  });

  it('are unavailable one by one: for a bug, and for an engine that goes away in the middle', async () => {
    const asked = ['a', 'b', 'c'].map((id) => client.execute(command(id)));
    await when(3);
    given.get('a')?.(accepted('a'));
    expect(await asked[0]).toStrictEqual(accepted('a'));
    given.get('b')?.(new Error('a bug'));
    expect(await asked[1]).toMatchObject({ kind: 'unavailable', reason: 'internal error' });
    await server.close();
    expect(await asked[2]).toMatchObject({ kind: 'unavailable' });
    expect(await client.execute(command('d'))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('the engine cannot be reached') as string,
    });
  });
});
