import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineFile, RESERVED_BYTES } from '../../src/durable-files/line-file.js';

const CHILD = join(__dirname, '..', 'support', 'line-file-child.cjs');

describe('the book of a venue under the file limit of its process', () => {
  it('keeps its last MiB for exits, and every line that it took', () => {
    const dir = mkdtempSync(join(tmpdir(), 'file-limit-'));
    const path = join(dir, 'book.jsonl');
    try {
      // 3 MiB, in units of 512 bytes.
      const limited = 'ulimit -f 6144; exec "$@"';
      const args = ['-c', limited, 'sh', process.execPath, CHILD, path];
      const told = execFileSync('/bin/sh', args, { encoding: 'utf8' });
      const [entries, exits] = JSON.parse(told) as { taken: number; code: string }[];
      expect([entries?.code, exits?.code]).toStrictEqual(['EFBIG', 'EFBIG']);
      expect(entries?.taken).toBeGreaterThan(150);
      expect(exits?.taken).toBeGreaterThanOrEqual(Math.floor(RESERVED_BYTES / 10_000));
      const { file, lines } = LineFile.open(path);
      file.close();
      expect(lines).toHaveLength((entries?.taken ?? 0) + (exits?.taken ?? 0));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
