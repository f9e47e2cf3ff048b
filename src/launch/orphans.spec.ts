import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteChildren } from './orphans.js';

describe('the note of the children', () => {
  const dir = mkdtempSync(join(tmpdir(), 'orphans-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is one line to the operator when it cannot be written, and no reason to end', () => {
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
});
