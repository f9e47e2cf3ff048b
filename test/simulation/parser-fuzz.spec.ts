import { brokenFrames } from '../support/frame-fuzz.js';
import { PARSER_SUBJECTS, requireWhole } from '../support/parser-subjects.js';

const FRAMES = 10_000;

describe.each(PARSER_SUBJECTS)('the parser of $name', ({ frames, parse }) => {
  it('reads the frames of its fixtures', () => {
    expect(frames.filter((frame) => parse(frame).kind === 'refused')).toEqual([]);
  });

  it(`takes ${FRAMES} broken frames without an exception, and makes no broken price of them`, () => {
    const kinds = new Map<string, number>();
    for (const text of brokenFrames(frames, FRAMES, 20_250_621)) {
      const frame = parse(text);
      requireWhole(frame);
      kinds.set(frame.kind, (kinds.get(frame.kind) ?? 0) + 1);
    }
    // Most are refused; that some are not shows that the mutations come close.
    expect(kinds.get('refused')).toBeGreaterThan(FRAMES / 2);
    expect(kinds.size).toBeGreaterThan(1);
  });

  it('refuses what is huge or deep before it costs anything', () => {
    const huge = `{"p":"${'1'.repeat(10_000_000)}"}`;
    expect(parse(huge)).toMatchObject({ kind: 'refused', reason: 'too-large' });
    expect(parse('['.repeat(15_000)).kind).toBe('refused');
    expect(parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`).kind).toBe('refused');
  });
});
