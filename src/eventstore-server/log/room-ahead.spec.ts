import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RoomAhead } from './room-ahead.js';

const STEP_BYTES = 1024 * 1024;
const GAP_BYTES = STEP_BYTES / 4;

let directory: string;
let path: string;
let file: FileHandle;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'room-ahead-'));
  path = join(directory, 'file');
  file = await open(path, 'w+');
});

afterEach(async () => {
  await file.close();
  rmSync(directory, { recursive: true });
});

/** A disk that comes to zeros last of all. */
function delayZeros(): void {
  const write = file.write.bind(file) as (...args: readonly unknown[]) => unknown;
  const delayed = async (bytes: Buffer, ...rest: readonly unknown[]): Promise<unknown> => {
    for (let turn = 0; turn < 100 && bytes[0] === 0; turn++) await nextTurn();
    return write(bytes, ...rest);
  };
  Object.assign(file, { write: delayed });
}

/** Writes as a segment does. */
async function write(room: RoomAhead, bytes: Buffer, at: number): Promise<void> {
  await room.clear(at + bytes.length);
  await file.write(bytes, 0, bytes.length, at);
  room.note(at + bytes.length);
}

describe('RoomAhead', () => {
  it('never puts zeros over what is written meanwhile, and ends the file with it', async () => {
    delayZeros();
    const room = new RoomAhead(file, 0);
    const written: Buffer[] = [];
    let end = 0;
    // Steps of all sizes, up to more than is made ready at a time.
    for (let n = 1; end < 12 * STEP_BYTES; n++) {
      const bytes = Buffer.alloc((n * 7919 * 61) % (STEP_BYTES + STEP_BYTES / 4), (n % 255) + 1);
      await write(room, bytes, end);
      written.push(bytes);
      end += bytes.length;
    }
    await room.trim(end);
    expect(readFileSync(path).equals(Buffer.concat(written))).toBe(true);
  });

  it('keeps half a step at least behind the last bytes', async () => {
    const room = new RoomAhead(file, 0);
    await write(room, Buffer.alloc(100, 1), 0);
    await room.clear(STEP_BYTES);
    const first = 100 + GAP_BYTES + STEP_BYTES;
    expect((await file.stat()).size).toBe(first);
    await write(room, Buffer.alloc(STEP_BYTES / 2, 2), 100);
    expect(room.clear(3 * STEP_BYTES)).toBeUndefined();
    await write(room, Buffer.alloc(GAP_BYTES, 3), 100 + STEP_BYTES / 2);
    await room.clear(3 * STEP_BYTES);
    expect((await file.stat()).size).toBe(first + STEP_BYTES);
  });

  it('keeps nobody waiting who writes no more than lies before the zeros', async () => {
    delayZeros();
    const room = new RoomAhead(file, 0);
    await write(room, Buffer.alloc(100, 1), 0);
    expect(room.clear(100 + GAP_BYTES)).toBeUndefined();
    expect(room.clear(100 + GAP_BYTES + 1)).toBeInstanceOf(Promise);
    await write(room, Buffer.alloc(GAP_BYTES, 2), 100);
    await room.trim(100 + GAP_BYTES);
    expect(readFileSync(path).findIndex((byte) => byte === 0)).toBe(-1);
  });

  it('leaves a disk without room to those who write records', async () => {
    const room = new RoomAhead(file, 0);
    await file.close();
    room.note(100);
    await room.clear(STEP_BYTES);
    expect(room.clear(STEP_BYTES)).toBeUndefined();
    file = await open(path, 'w+');
  });
});
