import { mkdirSync, mkdtempSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAddress } from './channel-address.js';
import { ChannelServer } from './channel.server.js';
import type { ChannelServerOptions } from './channel.server.js';

describe('the channel to the engine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'channel-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it('listens although its address cannot be written, and writes it once that works', async () => {
    const addressPath = join(dir, 'engine.json');
    mkdirSync(`${addressPath}.new`);
    const told: (string | undefined)[] = [];
    let tellWritten = (): void => undefined;
    const written = new Promise<void>((resolve) => (tellWritten = resolve));
    const channel = new ChannelServer({
      addressPath,
      onTrouble: (reason) => {
        told.push(reason);
        if (reason === undefined) tellWritten();
      },
    } as ChannelServerOptions);
    const port = await channel.listen();
    expect(readAddress(addressPath)).toBeUndefined();
    rmdirSync(`${addressPath}.new`);
    await written;
    expect(readAddress(addressPath)).toMatchObject({ port });
    expect(told).toEqual([expect.stringContaining('EISDIR'), undefined]);
    await channel.close();
  });
});
