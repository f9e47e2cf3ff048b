import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARMS, isAtLeast } from './alarm-codes.js';

describe('the codes of alarms', () => {
  it('are all explained to who operates, with their severity and kind, and no others', () => {
    const path = join(__dirname, '../../../docs/operating/alarms.md');
    const rows = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => /^\| `[A-Z_]+`/.test(line))
      .flatMap((line) => {
        const [, codes = '', means = ''] = line.split('|');
        return [...codes.matchAll(/[A-Z_]+/g)].map(([code]) => `${code}: ${means.trim()}`);
      });
    const wanted = Object.entries(ALARMS).map(
      ([code, { severity, kind }]) => `${code}: ${severity}, ${kind}`,
    );
    expect(rows.sort()).toStrictEqual(wanted.sort());
  });

  it('are ordered by severity', () => {
    expect(isAtLeast('critical', 'warning')).toBe(true);
    expect(isAtLeast('warning', 'warning')).toBe(true);
    expect(isAtLeast('info', 'warning')).toBe(false);
  });
});
