import { within } from './project-files.js';
import type { ProjectFile } from './project-files.js';

// Each check takes files and gives back what breaks the rule, as lines for people. None reads the disk: tidy.spec.ts
// shows each of them a broken example, too.

type Files = readonly ProjectFile[];

/** What a file is, behind its noun. A role that is missing here is first discussed, then added. */
const ROLES = new Set(
  [
    'events decider projection port codec workflow parse sign messages transport',
    'broker book feed journal writer reader client server',
    'module controller resolver handler builder',
    'main spec proof int e2e long contract bench',
  ].flatMap((line) => line.split(' ')),
);
const EMPTY_WORDS = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'manager']);
const EMPTY_NAMES = new Set([...EMPTY_WORDS, 'index', 'base', 'misc', 'shared']);

export function misnamed(files: Files): string[] {
  return within(files, 'src', 'projections', 'test', 'bench')
    .filter(({ path }) => path.endsWith('.ts'))
    .flatMap(({ path }) => {
      const [noun = '', ...roles] = path.slice(path.lastIndexOf('/') + 1, -'.ts'.length).split('.');
      const foreign = roles.find((role) => !ROLES.has(role));
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(noun)) return [`${path}: must be kebab-case`];
      if (EMPTY_NAMES.has(noun) || EMPTY_WORDS.has(noun.split('-').at(-1) ?? '')) {
        return [`${path}: "${noun}" says nothing: name what the file holds`];
      }
      return foreign === undefined ? [] : [`${path}: "${foreign}" is no known role`];
    });
}

function foldersOf(files: Files, folder: string): string[] {
  const names = within(files, folder)
    .map(({ path }) => path.slice(folder.length + 1).split('/'))
    .filter((parts) => parts.length > 1)
    .map(([name = '']) => name);
  return [...new Set(names)];
}

export function incompleteProjections(files: Files): string[] {
  const paths = new Set(files.map(({ path }) => path));
  return foldersOf(files, 'projections').flatMap((name) =>
    ['projection.ts', 'projection.spec.ts', 'table.sql']
      .map((role) => `projections/${name}/${name}.${role}`)
      .filter((path) => !paths.has(path))
      .map((path) => `${path} is missing`),
  );
}

/** Columns of the table against the keys of the row, in their order: one is read beside the other. */
export function rowsUnlikeTables(files: Files): string[] {
  const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? '';
  return foldersOf(files, 'projections').flatMap((name) => {
    const stem = `projections/${name}/${name}`;
    const row = /export interface \w+Row \{\n([\s\S]*?)\n\}/.exec(textOf(`${stem}.projection.ts`));
    const table = /create table \w+ \(\n([\s\S]*?)\n\);/.exec(textOf(`${stem}.table.sql`));
    const keys = [...(row?.[1] ?? '').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, key = '']) =>
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    const columns = [...(table?.[1] ?? '').matchAll(/^ {2}(\w+) /gm)].map(([, column]) => column);
    if (keys.length > 0 && keys.join() === columns.join()) return [];
    return [`${stem}: row (${keys.join(', ')}) and table (${columns.join(', ')}) differ`];
  });
}

export function undescribedFolders(files: Files): string[] {
  const map = files.find(({ path }) => path === 'ARCHITECTURE.md')?.text ?? '';
  return [...foldersOf(files, 'src').map((name) => `src/${name}/`), 'projections/']
    .filter((folder) => !map.includes(`### \`${folder}\``))
    .map((folder) => `ARCHITECTURE.md has no section "### \`${folder}\`"`);
}

/** A document may only name files that are there. */
export function lostReferences(files: Files): string[] {
  const paths = files.map(({ path }) => path);
  const isThere = (name: string) =>
    paths.some((path) => path === name || path.endsWith(`/${name}`) || path.startsWith(`${name}/`));
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) => {
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, link = '']) =>
        resolved(folder, link),
      );
      const named = [...text.matchAll(/`(\w[\w./-]*\.(?:spec|projection|codec|main|port)\.ts)`/g)];
      return [...links, ...named.map(([, name = '']) => name)]
        .filter((name) => !isThere(name.replace(/\/$/, '')))
        .map((name) => `${path} names ${name}, which is not there`);
    });
}

function resolved(folder: string, link: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of link.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

// The files that state these rules are full of what they forbid.
const OWN_EXAMPLES = /^test\/architecture\/tidy/;

function lines(
  files: Files,
  pattern: RegExp,
  say: (place: string, found: string) => string,
): string[] {
  return files
    .filter(({ path }) => !OWN_EXAMPLES.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => {
        const found = pattern.exec(line)?.[0];
        return found === undefined ? [] : [say(`${path}:${at + 1}`, found)];
      }),
    );
}

const code = (files: Files) => files.filter(({ path }) => !path.endsWith('.md'));

const LATER = /\b(FIXME|TODO(?!\(#\d+\)))\b/;
const FOCUS = /\b(it|test|describe)(\.each)?\.(only|skip|todo)\b|\b(x|f)(it|describe)\(/;
const MACHINE = /(?<![\w.~}*\])])\/(home|Users|root|work)\/[\w.]|[A-Z]:\\\\?Users\\/;

export function promisesWithoutIssue(files: Files): string[] {
  return lines(code(files), LATER, (place, found) => `${place}: ${found} without an issue number`);
}

export function focusedTests(files: Files): string[] {
  const specs = files.filter(({ path }) => /\.(spec|contract)\.ts$/.test(path));
  return lines(specs, FOCUS, (place, found) => `${place}: ${found}`);
}

export function pathsOfAMachine(files: Files): string[] {
  return lines(
    files,
    MACHINE,
    (place, found) => `${place}: "${found}…" exists on one machine only`,
  );
}
