import { busyLane, orderQueue } from './order-queue.bench.js';

it('lets the exit that comes last behind 20,000 entries leave first, and the rest by value', () => {
  const { placeOfLastExit, checksum } = orderQueue(20_000);
  expect({ placeOfLastExit, checksum }).toStrictEqual({
    placeOfLastExit: 0,
    checksum: -251_046_424,
  });
});

it('gives the first free turn of a busy lane to the largest of 100,000 exits, which came last', async () => {
  expect(await busyLane(100_000)).toStrictEqual({ first: 100_000 });
});
