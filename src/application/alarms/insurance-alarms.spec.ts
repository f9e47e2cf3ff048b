import { PartitionFixture, T0, ulidOf } from '../../../test/support/partition-fixture.js';
import type { Fact } from '../../domain/facts.js';
import type { DecimalText } from '../../domain/kernel/units.js';
import { AlarmDesk } from './alarm-desk.js';
import { alarmOf } from './fact-alarms.js';
import { knownAfter } from './known-after.js';

const STOP = ulidOf(11);
const RESTING = `${STOP}-zz01`;

/** Long 10 with a stop at 81, behind which an order rests at the venue; every fact of the engine goes to its alarms. */
class Scene {
  readonly engine = PartitionFixture.ready();
  private readonly told: string[] = [];
  private readonly desk = new AlarmDesk({
    part: 'engine',
    clock: () => 0,
    onChange: ({ change, alarm }) => void this.told.push(`${change} ${alarm.code} ${alarm.text}`),
  });

  constructor() {
    this.engine.price('83.29');
    this.engine.position(1, 'long', '10');
    const insurance = { margin: { amount: '0.50' } };
    this.engine.arm(11, 1, { stop: '81', targets: [{ price: '84', portion: '0.5' }], insurance });
    this.report('acked');
  }

  report(kind: 'acked' | 'cancelled' | 'expired', orderId = RESTING): readonly string[] {
    const head = { orderId, venueOrderId: 'V1', venueTimeMs: T0, reason: 'CANCELED' };
    return this.after(this.engine.report({ kind, ...head } as never));
  }

  fill(orderId: string, quantity: string, byOrder?: string): readonly string[] {
    const amount = { quantity: quantity as DecimalText, price: '81' as DecimalText };
    const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker' } as const;
    const fill = { venueTradeId: `${orderId}/${quantity}`, ...amount, ...fee, filledAtMs: T0 };
    return this.after(
      this.engine.report({ kind: 'fill', orderId, fill, ...(byOrder && { byOrder }) }),
    );
  }

  price(price: string): readonly string[] {
    return this.after(this.engine.price(price));
  }

  after(facts: readonly Fact[]): readonly string[] {
    const known = knownAfter(this.engine.partition.registry);
    for (const fact of facts) alarmOf(this.desk, fact, known);
    return this.told.splice(0);
  }
}

const ABSENT = `INSURANCE_ABSENT ${RESTING}, which rested at the venue behind ${STOP}, was ended there, not by us (CANCELED): only the engine guards until it is placed again, after a minute`;

describe('an order that rests behind a stop', () => {
  it.each(['cancelled', 'expired'] as const)(
    'is missed at once when it is %s by another hand, until the next one rests',
    (kind) => {
      const scene = new Scene();
      expect(scene.report(kind)).toStrictEqual([`raised ${ABSENT}`]);
      scene.engine.at += 60_000;
      scene.after(scene.engine.input({ kind: 'timer' }).facts);
      const [over] = scene.report('acked', `${STOP}-zz02`);
      expect(over).toMatch(/^cleared INSURANCE_ABSENT/);
    },
  );

  it('is missed no more once its stop is gone', () => {
    const scene = new Scene();
    scene.report('cancelled');
    scene.engine.command({ kind: 'CancelStop', stopId: STOP });
    const [over] = scene.after(scene.engine.decisions.slice(-2).map(({ fact }) => fact));
    expect(over).toMatch(/^cleared INSURANCE_ABSENT/);
  });

  it('is not missed where an exit of its stop has taken it back, nor where we have', () => {
    const hit = new Scene();
    hit.price('84');
    expect(hit.report('cancelled')).toStrictEqual([]);
    const fired = new Scene();
    fired.price('81');
    expect(fired.report('cancelled')).toStrictEqual([]);
  });
});

describe('an exit that another engine has filled under another id', () => {
  it('leaves nothing unfilled to be told, for nothing is open, and is named', () => {
    const scene = new Scene();
    scene.price('81');
    scene.report('cancelled');
    const exit = `${STOP}-0101`;
    const told = scene.fill(exit, '10', `${STOP}-0201`);
    expect(told.join()).toContain(`${STOP}-0201`);
    const denied = { reason: 'position-closed', rule: 'it was closed' } as const;
    const facts = scene.engine.report({ kind: 'denied', orderId: exit, ...denied });
    expect(facts.find(({ type }) => type === 'StopClosed')).toMatchObject({
      data: { unfilledQuantity: '10' },
    });
    expect(scene.after(facts)).toStrictEqual([]);
  });
});
