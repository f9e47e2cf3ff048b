import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDataDirectory } from './data-directory.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'data-directory-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('claimDataDirectory', () => {
  it('is taken by one server at a time, and free again afterwards', () => {
    const first = claimDataDirectory(root);
    expect(() => claimDataDirectory(root)).toThrow(`${root} is already open in this process`);
    first.release();
    const second = claimDataDirectory(root);
    expect(second.segments.segments).toStrictEqual([{ base: 16, generation: 0 }]);
    second.release();
    expect(existsSync(join(root, 'lock'))).toBe(false);
  });

  it('is refused where the system keeps its own files', () => {
    const path = '/proc/nowhere/store';
    expect(() => claimDataDirectory(path)).toThrow(/^\/proc.* cannot be made \(E/);
  });

  it('is made with the folders above it', () => {
    claimDataDirectory(join(root, 'a', 'b')).release();
    expect(existsSync(join(root, 'a', 'b', 'format'))).toBe(true);
  });

  it('is refused while another process that lives holds it', () => {
    writeFileSync(join(root, 'lock'), `${process.ppid} -\n`);
    expect(() => claimDataDirectory(root)).toThrow(
      `${root} is in use by the server with process id ${process.ppid}`,
    );
  });

  it.each(['', 'nonsense', '999999999 1'])('takes over a lock that says "%s"', (text) => {
    writeFileSync(join(root, 'lock'), text);
    claimDataDirectory(root).release();
  });

  it('refuses data of another format, leaves it alone and stays unlocked', () => {
    const format = join(root, 'format');
    writeFileSync(format, 'eventstore-server format 3\n');
    expect(() => claimDataDirectory(root)).toThrow(
      `${root} has a data format version 3; this server reads versions 1 and 2 only`,
    );
    expect(readFileSync(format, 'utf8')).toBe('eventstore-server format 3\n');
    expect(existsSync(join(root, 'lock'))).toBe(false);
  });
});
