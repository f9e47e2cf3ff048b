import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ROOT = join(__dirname, '../..');

interface Described {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly sha256Content: string;
}

function described(folder: string): readonly Described[] {
  const text = readFileSync(join(ROOT, folder, 'metadata.json'), 'utf8');
  return (JSON.parse(text) as { files: readonly Described[] }).files;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each(['demo', 'test/fixtures/ticks', 'test/fixtures/frames', 'test/fixtures/streams'])(
  'the recordings in %s',
  (folder) => {
    it('are exactly those whose source and licence are stated', () => {
      const found = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.gz'));
      expect(found.sort()).toEqual(described(folder).map(({ file }) => file));
    });

    it.each(described(folder))('$file is what was described', (recording) => {
      const bytes = readFileSync(join(ROOT, folder, recording.file));
      const content = gunzipSync(bytes);
      const { file } = recording;
      const headerLines = file.includes('.csv') ? 1 : 0;
      expect({
        file,
        rows: content.toString('latin1').trimEnd().split('\n').length - headerLines,
        bytes: bytes.length,
        sha256: sha256(bytes),
        sha256Content: sha256(content),
      }).toEqual({
        file,
        rows: recording.rows,
        bytes: recording.bytes,
        sha256: recording.sha256,
        sha256Content: recording.sha256Content,
      });
    });
  },
);
