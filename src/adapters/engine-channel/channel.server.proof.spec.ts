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
      host: '127.0.0.1',
      onTrouble: (reason) => {
        told.push(reason);
        if (reason === undefined) tellWritten();
      },
    } as ChannelServerOptions);
    await channel.listen();
    expect(readAddress(addressPath)).toBeUndefined();
    rmdirSync(`${addressPath}.new`);
    await written;
    expect(readAddress(addressPath)).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) });
    expect(told).toEqual([expect.stringContaining('EISDIR'), undefined]);
    await channel.close();
  });

  it('leaves the engine to itself where it cannot listen', async () => {
    const addressPath = join(dir, 'elsewhere.json');
    const told: (string | undefined)[] = [];
    const channel = new ChannelServer({
      addressPath,
      host: '192.0.2.1', // of no machine
      onTrouble: (reason) => void told.push(reason),
    } as ChannelServerOptions);
    await channel.listen();
    expect(told).toEqual([expect.stringContaining('EADDRNOTAVAIL')]);
    expect(readAddress(addressPath)).toBeUndefined();
    await channel.close();
  });
});
