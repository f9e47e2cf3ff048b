import { PartitionFixture, LTC, ulidOf } from '../../test/support/partition-fixture.js';

describe('the instrument of an order', () => {
  it('is that of its stop where the log does not have the order', () => {
    const engine = PartitionFixture.ready();
    engine.price('83.29');
    engine.position(1, 'long', '10');
    engine.arm(11, 1, { stop: '81' });
    const { registry } = engine.partition;
    expect(registry.instrumentOf(`${ulidOf(11)}-0201`)).toBe(LTC);
    expect(registry.instrumentOf(`${ulidOf(12)}-0201`)).toBeUndefined();
    expect(registry.instrumentOf(ulidOf(11))).toBeUndefined();
  });

  it('is its own where the log has it', () => {
    const engine = PartitionFixture.ready();
    engine.price('83.29');
    engine.position(1, 'long', '10');
    engine.arm(11, 1, { stop: '81' });
    engine.price('81');
    expect(engine.partition.registry.instrumentOf(`${ulidOf(11)}-0101`)).toBe(LTC);
  });
});
