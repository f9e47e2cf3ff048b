import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A file of the repository. `path` is relative to its root, with forward slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

// Installed, generated or written at run time: not ours to keep tidy.
const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage', '.git', '.stopledger']);
const IS_TEXT = /(\.(ts|mjs|cjs|js|json|md|sql|ya?ml|graphql|sh|svg)|\/Dockerfile|\/run|^LICENSE)$/;

/** Every text file of the repository, in the order of their paths. */
export function projectFiles(root = ROOT): readonly ProjectFile[] {
  return pathsBelow(root, '')
    .filter((path) => IS_TEXT.test(path) && path !== 'package-lock.json')
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function pathsBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !LEFT_OUT.has(entry.name) && !entry.name.startsWith('.stopledger'))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? pathsBelow(root, path) : entry.isFile() ? [path] : [];
    })
    .sort();
}

export function within(files: readonly ProjectFile[], ...folders: string[]): ProjectFile[] {
  return files.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));
}
