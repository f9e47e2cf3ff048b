import { PartitionFixture, ulidOf } from '../../test/support/partition-fixture.js';

it('a price that fires one stop moves another once, where that also reaches its target', () => {
  const fixture = PartitionFixture.ready();
  fixture.position(1, 'long');
  fixture.position(3, 'short');
  fixture.price('83.29');
  fixture.arm(2, 1, { trail: { amount: '1' }, targets: [{ price: '84', portion: '0.5' }] });
  fixture.arm(4, 3, { stop: '84' });
  const told = fixture.price('84').filter(({ type }) => type !== 'OrderPlaced');
  expect(told).toMatchObject([
    { type: 'StopTriggered', data: { stopId: ulidOf(4), moves: 0 } },
    { type: 'StopTrailed', data: { stopId: ulidOf(2), moves: 1 } },
    { type: 'StopTargetHit', data: { stopId: ulidOf(2) } },
  ]);
});
