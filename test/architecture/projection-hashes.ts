import { createHash } from 'node:crypto';
import { READ_MODELS } from '../../projections/catalogue.js';
import type { ProjectFile } from './project-files.js';

/** What the tables of running installations were filled by: `projections/hashes.json`. */
export type ProjectionHashes = Readonly<Record<string, { version: number; hash: string }>>;

export const HASHES_PATH = 'projections/hashes.json';

/** Version and hash of each read model's source. Comments and layout do not count: they change no row. */
export function currentHashes(files: readonly ProjectFile[]): ProjectionHashes {
  const entries = READ_MODELS.map(({ name, version }) => {
    const folder = name.replaceAll('_', '-');
    const hash = createHash('sha256');
    for (const role of ['projection.ts', 'table.sql']) {
      const path = `projections/${folder}/${folder}.${role}`;
      const text = files.find((file) => file.path === path)?.text;
      if (text === undefined) throw new Error(`${path} is missing`);
      hash.update(bare(text)).update('\n');
    }
    return [name, { version, hash: hash.digest('hex') }] as const;
  });
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bare(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/(^|\s)(\/\/|--) .*$/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A changed read model needs a higher version: else an installation keeps rows that the old source made. */
export function unraised(locked: ProjectionHashes, current: ProjectionHashes): string[] {
  return Object.entries(current).flatMap(([name, { version, hash }]) => {
    const before = locked[name];
    if (!before || before.hash === hash || version > before.version) return [];
    return [`${name} was changed: raise its version above ${before.version}`];
  });
}
