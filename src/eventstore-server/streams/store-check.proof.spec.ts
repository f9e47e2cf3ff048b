import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberedEvent, StoresOnDisk } from '../../../test/support/stores-on-disk.js';
import { copyLog } from '../log/log-copy.js';
import { SegmentDirectory } from '../log/segment-directory.js';
import { METADATA_TYPE, type ProposedEvent } from '../protocol/recorded-event.codec.js';
import type { EventStore } from './event-store.js';
import { ANY } from './expected-version.js';
import { checkStore, type StoreCheck } from './store-check.js';

const stores = new StoresOnDisk();
let root: string;
let source: string;

beforeEach(() => {
  stores.begin();
  ({ root } = stores);
  source = join(root, 'source');
});
afterEach(() => stores.end());

const open = (name = 'source'): Promise<EventStore> => stores.open(name, 10);
const anEvent = (n: number, type = 'Thing', data = `{"n":${n}}`): ProposedEvent =>
  numberedEvent(n, { type, data });

const ignore = (): void => undefined;

function write(store: EventStore, from: number, to: number): void {
  for (let n = from; n < to; n++) {
    const stream = `s-${String(n % 3)}`;
    store.append({ stream, expected: ANY, events: [anEvent(n)] }, ignore);
  }
}

/** Full segments, rewritten ones among them, and one that is not full. */
async function aStore(): Promise<EventStore> {
  const store = await open();
  write(store, 0, 22);
  const events = [anEvent(90, METADATA_TYPE, '{"$maxCount":4}')];
  store.append({ stream: '$$s-1', expected: ANY, events }, ignore);
  await store.durable();
  await store.scavenge(() => false);
  write(store, 22, 35);
  await store.durable();
  await store.indexed();
  return store;
}

async function check(path: string): Promise<StoreCheck> {
  return checkStore(SegmentDirectory.open(path));
}

async function idsOf(name: string): Promise<string[]> {
  const store = await open(name);
  const { columns, visible } = store.index;
  const ids = Array.from(
    { length: visible },
    (_, n) => `${columns.position(n)} ${columns.idText(n)}`,
  );
  await stores.closeAll();
  return ids;
}

describe('a check of a store', () => {
  it('finds nothing wrong with one that is as it was written', async () => {
    await aStore();
    await stores.closeAll();
    expect(await check(source)).toMatchObject({ events: 36, problems: [] });
  });

  it('or a start of it names every flipped byte, wherever it is', async () => {
    await aStore();
    await stores.closeAll();
    const segments = join(source, 'segments');
    const newest = readdirSync(segments)
      .filter((file) => file.endsWith('.log'))
      .toSorted()
      .at(-1);
    for (const file of readdirSync(segments)) {
      const path = join(segments, file);
      const whole = readFileSync(path);
      // A spread over each file.
      const step = Math.max(1, Math.floor(whole.length / 15));
      for (let at = 0; at < whole.length; at += step) {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ 16;
        writeFileSync(path, bytes);
        const said = await check(source).then(
          ({ problems }) => problems.join('\n'),
          (error: unknown) => (error as Error).message,
        );
        // What stands at the end of the newest segment cannot be told from an unfinished write.
        expect([file, at, said]).toStrictEqual([
          file,
          at,
          expect.stringMatching(/damaged|wrong|not an event log|unfinished|lists|manifest/),
        ]);
        if (file !== newest && file !== 'manifest') expect(said).toContain(file);
      }
      writeFileSync(path, whole);
    }
    expect((await check(source)).problems).toStrictEqual([]);
  });

  it('names an index that is missing', async () => {
    await aStore();
    await stores.closeAll();
    const segments = join(source, 'segments');
    const [first = ''] = readdirSync(segments).filter((file) => file.endsWith('.index'));
    rmSync(join(segments, first));
    const path = join(segments, first);
    const { problems, notes } = await check(source);
    expect(problems).toStrictEqual([]);
    expect(notes).toStrictEqual([
      `${path} is missing: a start makes it anew, and those behind it were not looked at`,
    ]);
  });
});

describe('a copy of a store', () => {
  it('that is being written has everything that was acknowledged, and is whole', async () => {
    const store = await aStore();
    const copy = join(root, 'copy');
    write(store, 35, 60); // On its way to the disk while the copy is made.
    const made = await copyLog(source, copy);
    expect(made.unchanged).toBe(0);
    await store.durable();
    await stores.closeAll();
    const ids = await idsOf('source');
    const copied = await idsOf('copy');
    expect(copied.length).toBeGreaterThanOrEqual(36);
    expect(ids.slice(0, copied.length)).toStrictEqual(copied);
    expect((await check(copy)).problems).toStrictEqual([]);
    // The next one copies what is new.
    const again = await copyLog(source, join(root, 'copy'));
    expect(again.unchanged).toBeGreaterThan(0);
    expect(await idsOf('copy')).toStrictEqual(ids);
  });

  it('gets an index that was not written yet at the copy before', async () => {
    await aStore();
    await stores.closeAll();
    const copy = join(root, 'copy');
    await copyLog(source, copy);
    // A segment that was the newest then is whole in the copy, if nothing was appended to it since.
    const segments = join(copy, 'segments');
    for (const file of readdirSync(segments)) {
      if (file.endsWith('.index')) rmSync(join(segments, file));
    }
    expect((await copyLog(source, copy)).unchanged).toBeGreaterThan(0);
    expect(await check(copy)).toMatchObject({ problems: [], notes: [] });
  });

  it('is refused of a folder without a store', async () => {
    await expect(copyLog(root, join(root, 'copy'))).rejects.toThrow(`${root} holds no event store`);
  });
});
