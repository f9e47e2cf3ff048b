import { bench, buildBenches } from '../support/bench-run.js';

describe('the benches in their smoke size', () => {
  beforeAll(buildBenches);

  it('send one order for each print that reaches a stop', async () => {
    // 2 s of 50 triggers a second; the first ten warm up and are not counted.
    const counted = Number(
      /frame → durable → order\s+n (\d+)/.exec(await bench('frame-to-order'))?.[1],
    );
    expect(counted).toBeGreaterThan(80);
    expect(counted).toBeLessThanOrEqual(90);
  });

  it('arm as many stops over REST as they say and read the memory of both processes', async () => {
    expect(await bench('start')).toMatch(
      /first decision \d+ ms\n1000 armed stops: engine process \d+ MB, projector with api \d+ MB/,
    );
  });

  it('try plans over a recording on one thread and on several, and come to the same', async () => {
    const checksums = [...(await bench('sweep')).matchAll(/plans 100 .* checksum (\d+)/g)];
    expect(checksums.map(([, checksum]) => checksum)).toStrictEqual(['182261604', '182261604']);
  });
});
