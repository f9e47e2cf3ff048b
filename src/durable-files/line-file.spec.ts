import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FullDisk } from '../../test/support/full-disk.js';
import { LineFile, RESERVED_BYTES } from './line-file.js';

describe('a file of lines', () => {
  let dir: string;
  let path: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'line-file-'));
    path = join(dir, 'book.jsonl');
  });

  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(dir, { recursive: true });
  });

  const reopened = () => {
    const { file, lines } = LineFile.open(path);
    file.close();
    return lines;
  };

  it('gives every line back, and has room for as many more before anybody asks for it', () => {
    const { file, lines } = LineFile.open(path);
    expect(lines).toStrictEqual([]);
    const written = Array.from({ length: 60 }, (_, at) => ({ at, text: 'ä'.repeat(at * 40) }));
    for (const line of written) {
      file.append(line, false);
      const bytes = readFileSync(path);
      const used = bytes.lastIndexOf('\n') + 1;
      expect(bytes.length - used).toBeGreaterThanOrEqual(RESERVED_BYTES);
    }
    file.close();
    expect(reopened()).toStrictEqual(written);
  });

  it('goes on with a file that an earlier build left without room, or was torn in', () => {
    writeFileSync(path, '{"a":1}\n{"a":2}\n{"a":');
    const { file, lines } = LineFile.open(path);
    expect(lines).toStrictEqual([{ a: 1 }, { a: 2 }]);
    file.append({ a: 3 }, true);
    file.close();
    expect(reopened()).toStrictEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  it('lets only what is urgent use the reserved room once the disk is full, and that to its end', () => {
    const { file } = LineFile.open(path);
    const disk = new FullDisk();
    disk.roomBytes = 0;
    const line = { text: 'x'.repeat(9_900) };
    const taken = (isUrgent: boolean): number => {
      for (let count = 0; ; count += 1) {
        try {
          file.append(line, isUrgent);
        } catch (error) {
          expect(String(error)).toContain('ENOSPC');
          return count;
        }
      }
    };
    // What the file has grown ahead by is anybody's.
    const unreserved = taken(false);
    expect(unreserved).toBeLessThan(10);
    const urgent = taken(true);
    expect(urgent).toBeGreaterThan(RESERVED_BYTES / 10_000);
    expect(taken(false)).toBe(0);
    disk.roomBytes = undefined;
    file.append({ text: 'at last' }, false);
    file.close();
    const found = reopened();
    expect(found).toHaveLength(unreserved + urgent + 1);
    expect(found.at(-1)).toStrictEqual({ text: 'at last' });
  });

  it('never finds a line that was refused, whatever was left of it', () => {
    const { file } = LineFile.open(path);
    file.append({ a: 1 }, true);
    const { fdatasyncSync } = fs;
    const failing = jest.spyOn(fs, 'fdatasyncSync').mockImplementation(() => {
      throw new Error('EIO');
    });
    // All of it is written, and only its way to the disk fails.
    expect(() => file.append({ refused: 'x'.repeat(300) }, true)).toThrow('EIO');
    expect(() => file.append({ refused: 'again' }, true)).toThrow('EIO');
    failing.mockImplementation(fdatasyncSync);
    file.append({ a: 2 }, true);
    file.close();
    expect(reopened()).toStrictEqual([{ a: 1 }, { a: 2 }]);
  });

  it('finds whole lines alone wherever a cut of the power ends the file', () => {
    const { file } = LineFile.open(path);
    const written = Array.from({ length: 60 }, (_, at) => ({ at, text: 'y'.repeat(at * 5) }));
    for (const line of written) file.append(line, true);
    file.close();
    const whole = readFileSync(path);
    for (let end = 0; end < 9_000; end += 487) {
      writeFileSync(path, whole);
      truncateSync(path, end);
      const found = reopened();
      expect(found).toStrictEqual(written.slice(0, found.length));
    }
    expect(statSync(path).size).toBeGreaterThan(RESERVED_BYTES);
  });

  it('never shows the end of a line of several pages while its beginning may be missing', () => {
    const { file } = LineFile.open(path);
    const order: string[] = [];
    const { writeSync, fdatasyncSync } = fs;
    jest.spyOn(fs, 'writeSync').mockImplementation((...args: Parameters<typeof writeSync>) => {
      const [, bytes, from, length] = args as unknown as [number, Buffer, number, number];
      const text = bytes.toString('utf8', from, from + length);
      order.push(text.endsWith('\n') ? 'end' : 'beginning');
      return (writeSync as (...all: unknown[]) => number)(...args);
    });
    jest.spyOn(fs, 'fdatasyncSync').mockImplementation((file: number) => {
      order.push('on disk');
      fdatasyncSync(file);
    });
    file.append({ text: 'z'.repeat(6_000) }, true);
    file.close();
    expect(order.slice(-4)).toStrictEqual(['beginning', 'on disk', 'end', 'on disk']);
  });

  it('names a line that is not JSON', () => {
    writeFileSync(path, '{"a":1}\nnot this\n');
    expect(() => LineFile.open(path)).toThrow(`book ${path}: line 2 is not JSON`);
  });
});
