import { PatientBroker } from './patient-broker.js';
import type { OrderTicket, Unknown, VenueBroker } from './ports/broker.port.js';

const TICKET = { orderId: 'S1-0101' } as OrderTicket;
const THROTTLED = { kind: 'unknown', cause: 'throttled', retryAfterMs: 7_000 } as const;

class World {
  nowMs = 0;
  readonly asked: string[] = [];
  answer: Unknown | undefined;
  readonly broker: PatientBroker;

  constructor() {
    const says = (call: string, well: object) => () => {
      this.asked.push(call);
      return Promise.resolve(this.answer ?? well);
    };
    const venue = {
      submit: says('submit', { kind: 'acknowledged' }),
      cancel: says('cancel', { kind: 'ended' }),
      lookUpByClientOrderId: says('look-up', { kind: 'absent' }),
      openOrders: says('openOrders', { kind: 'known', orders: [] }),
      positions: says('positions', { kind: 'known', positions: [] }),
      fills: says('fills', { kind: 'known', fills: [] }),
    } as unknown as VenueBroker;
    this.broker = new PatientBroker(venue, () => this.nowMs);
  }

  async lists(): Promise<string[]> {
    const { broker } = this;
    const lists = [broker.openOrders(), broker.positions(), broker.fills('NSE:X', 0)];
    return (await Promise.all(lists)).map(({ kind }) => kind);
  }
}

describe('a venue that wants to be left alone', () => {
  it.each<[string, (broker: PatientBroker) => Promise<unknown>]>([
    ['an order', (broker) => broker.submit(TICKET)],
    ['a cancellation', (broker) => broker.cancel('S1-0101')],
    ['a look-up', (broker) => broker.lookUpByClientOrderId('S1-0101')],
    ['a list', (broker) => broker.positions()],
  ])('says so to %s: it is asked for no list until then', async (_, ask) => {
    const world = new World();
    world.answer = THROTTLED;
    expect(await ask(world.broker)).toStrictEqual(THROTTLED);
    world.answer = undefined;
    world.asked.length = 0;
    world.nowMs = 6_999;
    expect(await world.lists()).toStrictEqual(Array(3).fill('unknown'));
    expect(await world.broker.positions()).toMatchObject({ retryAfterMs: 1 });
    expect(world.asked).toStrictEqual([]);
    world.nowMs = 7_000;
    expect(await world.lists()).toStrictEqual(Array(3).fill('known'));
    expect(world.asked).toStrictEqual(['openOrders', 'positions', 'fills']);
  });

  it('is still sent what concerns an order: its lane holds back what may wait', async () => {
    const world = new World();
    world.answer = THROTTLED;
    await world.broker.submit(TICKET);
    world.answer = undefined;
    expect(await world.broker.submit(TICKET)).toMatchObject({ kind: 'acknowledged' });
    expect(await world.broker.lookUpByClientOrderId('S1-0101')).toMatchObject({ kind: 'absent' });
    expect(await world.broker.cancel('S1-0101')).toMatchObject({ kind: 'ended' });
  });
});
