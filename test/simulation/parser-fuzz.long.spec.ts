import { brokenFrames } from '../support/frame-fuzz.js';
import { PARSER_SUBJECTS, requireWhole } from '../support/parser-subjects.js';

const FRAMES = 1_000_000;
// Of garbage that is collected, not of what was read.
const HEAP_GROWTH_BYTES_MAX = 256 * 1024 * 1024;

jest.setTimeout(600_000);

it.each(PARSER_SUBJECTS)(
  'the parser of $name takes a million broken frames',
  ({ frames, parse }) => {
    const before = process.memoryUsage().heapUsed;
    let refused = 0;
    for (const text of brokenFrames(frames, FRAMES, 7)) {
      const frame = parse(text);
      requireWhole(frame);
      if (frame.kind === 'refused') refused += 1;
    }
    expect(refused).toBeGreaterThan(FRAMES / 2);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
  },
);
