import fc from 'fast-check';
import { Progress } from './progress.js';

it('is done up to the place before the first gap, in whatever order events are finished', () => {
  const orders = fc
    .integer({ min: 1, max: 30 })
    .chain((count) => fc.shuffledSubarray([...Array(count).keys()], { minLength: 1 }));
  fc.assert(
    fc.property(orders, (order) => {
      const progress = new Progress<string>();
      for (let no = 0; no <= Math.max(...order); no++) {
        expect(progress.begin(`place ${no}`)).toBe(no);
      }
      const finished = new Set<number>();
      for (const no of order) {
        progress.finish(no);
        finished.add(no);
        let gap = 0;
        while (finished.has(gap)) gap++;
        expect(progress.finishedCount).toBe(gap);
        expect(progress.last).toBe(gap === 0 ? undefined : `place ${gap - 1}`);
      }
    }),
  );
});

it('counts an event once, however often it is finished', () => {
  const progress = new Progress<number>();
  progress.begin(7);
  progress.finish(0);
  progress.finish(0);
  progress.finish(99);
  expect(progress.finishedCount).toBe(1);
});
