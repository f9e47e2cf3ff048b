import { tickTiming } from './tick-timing.bench.js';

it('times one quiet tick in 64, also where orders are traced', () => {
  expect(tickTiming(100, 1).judged).toStrictEqual([312, 312]);
});
