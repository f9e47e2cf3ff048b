import fs, {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision } from '../../engine/decisions.js';
import { DecisionSpool } from './decision-spool.js';
import { SPOOL_HEADER_BYTES, SpoolUnreadable } from './spool-file.js';

const BYTES = 64 * 1024;

function decision(streamId: string, revision: number): Decision {
  const input = { partition: 'p0', epoch: 3, seq: 17 };
  return {
    streamId,
    fact: { type: 'EngineStopped', version: 1, data: { input, at: 5, stopsOpen: 0, inputs: 1 } },
    expectedRevision: revision - 1,
    input,
    index: 0,
    actor: 'engine',
  } as unknown as Decision;
}

describe('the spool', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stopledger-spool-'));
  const troubles: string[] = [];
  let path: string;
  let files = 0;

  const open = (bytes = BYTES, exitShare = 0.5): DecisionSpool =>
    DecisionSpool.open(path, { bytes, exitShare, onTrouble: (reason) => troubles.push(reason) });

  beforeEach(() => {
    files += 1;
    path = join(dir, `${files}.spool`);
    troubles.length = 0;
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('takes all its room from the disk when it is made', async () => {
    await open().close();
    const { size, blocks } = statSync(path);
    expect(size).toBe(BYTES);
    expect(blocks * 512).toBeGreaterThanOrEqual(BYTES);
  });

  it('gives the next run what it kept, in order, as it was', async () => {
    const spool = open();
    const kept = [[decision('stop-a', 0), decision('stop-a', 1)], [decision('order-a', 0)]];
    expect(await Promise.all(kept.map((one) => spool.keep(one, true)))).toStrictEqual([
      'kept',
      'kept',
    ]);
    await spool.close();
    const next = open();
    expect(next.left).toStrictEqual(kept);
    await next.keep([decision('stop-b', 0)], true);
    await next.close();
    expect(open().left.map((one) => one[0]?.streamId)).toStrictEqual([
      'stop-a',
      'order-a',
      'stop-b',
    ]);
  });

  it('forgets what came before a clear, and keeps what came after', async () => {
    const spool = open();
    void spool.keep([decision('stop-a', 0)], true);
    void spool.clear();
    await spool.keep([decision('stop-b', 0)], true);
    await spool.close();
    const next = open();
    expect(next.left.map((one) => one[0]?.streamId)).toStrictEqual(['stop-b']);
    await next.clear();
    await next.close();
    expect(open().left).toStrictEqual([]);
  });

  it('reserves room for exits', async () => {
    const spool = open(SPOOL_HEADER_BYTES + 1120, 0.5);
    const one = () => [decision('stop-a', 0)];
    const outcomes: string[] = [];
    for (const isExit of [false, false, false, true, true, true, true]) {
      outcomes.push(await spool.keep(one(), isExit));
    }
    expect(outcomes).toStrictEqual(['kept', 'kept', 'full', 'kept', 'kept', 'full', 'full']);
    await spool.close();
  });

  it('reads every whole record of a file that was cut at any byte', async () => {
    const spool = open(4096);
    const ends = [SPOOL_HEADER_BYTES];
    for (let revision = 0; revision < 3; revision += 1) {
      await spool.keep([decision('stop-a', revision)], true);
    }
    await spool.close();
    const whole = readFileSync(path);
    let at = SPOOL_HEADER_BYTES;
    for (let record = 0; record < 3; record += 1) {
      at += 12 + whole.readUInt32LE(at);
      ends.push(at);
    }
    for (let cut = SPOOL_HEADER_BYTES; cut <= at; cut += 7) {
      const torn = Buffer.concat([whole.subarray(0, cut), Buffer.alloc(whole.length - cut)]);
      writeFileSync(path, torn);
      const reopened = open();
      const records = ends.filter((end) => end <= cut).length - 1;
      // A record may also be whole although its last bytes, zeros, were cut.
      expect([cut, reopened.left.length]).toStrictEqual([cut, records]);
      await reopened.close();
    }
  });

  it('falls back to the older header when the newer one is torn, and refuses a file without any', async () => {
    const spool = open();
    await spool.keep([decision('stop-a', 0)], true);
    await spool.clear();
    await spool.close();
    const bytes = readFileSync(path);
    bytes.writeUInt8(0xff, 512 + 9);
    writeFileSync(path, bytes);
    // What was cleared comes again: the log has it already, and finds it there.
    expect(open().left.map((one) => one[0]?.streamId)).toStrictEqual(['stop-a']);
    copyFileSync('/dev/null', path);
    expect(() => open()).toThrow(SpoolUnreadable);
  });

  it('leaves nothing behind when the disk has no room for it, and is made once there is', async () => {
    const { writeSync } = fs;
    let roomBytes = 1024 * 1024 + 5;
    jest.spyOn(fs, 'writeSync').mockImplementation(((
      file: number,
      bytes: Buffer,
      ...[from, length, at]: [number, number, number]
    ) => {
      const taken = Math.min(length, roomBytes);
      if (taken === 0) throw new Error('ENOSPC: no space left on device, write');
      roomBytes -= taken;
      return writeSync(file, bytes, from, taken, at);
    }) as unknown as typeof fs.writeSync);
    expect(() => open(2 * 1024 * 1024)).toThrow('ENOSPC');
    jest.restoreAllMocks();
    const left = readdirSync(dir).filter((name) => name.startsWith(`${files}.spool`));
    expect(left).toStrictEqual([]);
    const spool = open(2 * 1024 * 1024);
    expect(await spool.keep([decision('stop-a', 0)], true)).toBe('kept');
    await spool.close();
  });

  it('makes a file anew that was never finished: zeros without a header', async () => {
    writeFileSync(path, Buffer.alloc(4096));
    const spool = open(4096);
    expect(await spool.keep([decision('stop-a', 0)], true)).toBe('kept');
    await spool.close();
    expect(open().left).toHaveLength(1);
  });

  it('says that nothing is kept when the disk refuses', async () => {
    const spool = open();
    await spool.close();
    expect(await spool.keep([decision('stop-a', 0)], true)).toBe('broken');
    expect(troubles).toHaveLength(1);
  });
});
