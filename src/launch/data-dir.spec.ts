import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefused, claimDataDir } from './data-dir.js';

describe('a data directory', () => {
  let path: string;

  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'stopledger-data-dir-'));
  });

  afterEach(() => rmSync(path, { recursive: true }));

  it('goes from the demo to a configuration, and never back', () => {
    claimDataDir(path, 'demo').release();
    claimDataDir(path, 'demo').release();
    claimDataDir(path, 'configured').release();
    expect(() => claimDataDir(path, 'demo')).toThrow(StartRefused);
    expect(existsSync(join(path, 'lock'))).toBe(false);
    claimDataDir(path, 'configured').release();
  });
});
