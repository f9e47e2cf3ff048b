import { closeReport, idsOf } from './case-report.js';

const RESULTS = [
  { id: 'A', failure: undefined },
  { id: 'B', failure: 'stop expected 1, was 2' },
  { id: 'C', failure: undefined },
];

function closed(count: number, list?: string): [number, string[]] {
  const lines: string[] = [];
  const listed = list === undefined ? undefined : idsOf(list);
  const code = closeReport(RESULTS.slice(0, count), listed, (line) => lines.push(line));
  return [code, lines];
}

describe('the end of a check', () => {
  it('is bad when a case failed, or when there was none', () => {
    expect(closed(1)).toEqual([0, ['1 passed, 0 failed']]);
    expect(closed(3)).toEqual([1, ['2 passed, 1 failed']]);
    expect(closed(0)).toEqual([1, ['0 passed, 0 failed']]);
  });

  it('is good with a list when exactly its cases passed', () => {
    expect(closed(3, 'A\nC\n')).toEqual([0, ['2 passed, 1 failed']]);
  });

  it('names what was lost and what was gained against the list', () => {
    expect(closed(3, 'A\n\nB\nX\n')).toEqual([
      1,
      [
        'ON THE LIST BUT FAILED: B',
        'ON THE LIST BUT FAILED: X',
        'PASSED BUT NOT ON THE LIST: C',
        '2 passed, 1 failed',
      ],
    ]);
  });
});
