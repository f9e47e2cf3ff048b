import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteChildren } from './orphans.js';
import { readRunAddresses, writeRunAddresses } from './run-addresses.js';

describe('what a run notes of itself', () => {
  const dir = mkdtempSync(join(tmpdir(), 'orphans-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is one line to the operator when the children cannot be noted, and no reason to end', () => {
    const path = join(dir, 'children.json');
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    noteChildren(path, [11, 12], say);
    mkdirSync(`${path}.new`);
    noteChildren(path, [11, 13], say);
    expect(said).toEqual([
      expect.stringMatching(
        /^the children of this run cannot be noted in .*children\.json: .*EISDIR/,
      ),
    ]);
    expect(readFileSync(path, 'utf8')).toBe('[11,12]');
  });

  it('and so are the addresses of the stores', () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    mkdirSync(join(dir, 'run', 'addresses.json.new'), { recursive: true });
    writeRunAddresses(dir, { eventStoreUri: 'esdb://x', databaseUrl: '' }, say);
    expect(said).toEqual([expect.stringMatching(/^the addresses of this run cannot be noted/)]);
    expect(readRunAddresses(dir)).toBeUndefined();
  });
});
