import { d } from '../../../test/support/event-builders.js';
import { STOPLEDGER_DIALECT } from '../../domain/stop/dialect.js';
import type { StopPlan } from '../../domain/stop/stop-plan.js';
import { PartitionFixture, LTC, ulidOf } from '../../../test/support/partition-fixture.js';
import type { ArmStop, DefineInstrument } from '../../engine/engine-commands.js';
import { PriceSupply } from './price-supply.js';

const head = { commandId: 'c', actor: 'test' };

/** The instrument of the fixture has one feed, `main`, which shows what the test says. */
function supplied(shown: readonly string[]) {
  const fixture = PartitionFixture.ready();
  fixture.price('83.29');
  fixture.position(1, 'long');
  const raised: string[] = [];
  const wanted: string[] = [];
  const supply = new PriceSupply({
    registry: fixture.partition.registry,
    market: {
      has: (feed) => feed === 'main',
      shows: (feed, want) => feed === 'main' && shown.includes(want),
      want: (instrumentId, want) => void wanted.push(`${instrumentId} ${want}`),
    },
    alarms: {
      raise: (code, about, text) => void raised.push(`${code} ${about}: ${text}`),
      isActive: (code, about) => raised.some((line) => line.startsWith(`${code} ${about}`)),
    },
  });
  return { supply, raised, wanted, fixture };
}

const arm = (triggerBy: 'last' | 'mark' | 'mid'): ArmStop => ({
  ...{ kind: 'ArmStop', stopId: ulidOf(2), positionId: ulidOf(1), ...head },
  plan: { stop: '82', triggerBy },
});

const plan = (triggerBy: 'last' | 'mark', more: object = {}): StopPlan => ({
  ...{ stop: d('82'), triggerBy, dialect: STOPLEDGER_DIALECT },
  ...more,
});

describe('the price that is to fire a stop', () => {
  it('must be shown by a feed: a stop on any other is refused, new, amended or behind an entry', () => {
    const { supply, fixture } = supplied(['ltp', 'quote']);
    const problem = {
      ...{ code: 'PRICE_NOT_SHOWN', field: 'plan.triggerBy', value: 'mark' },
      rule: `must be a price that a feed of ${LTC} shows`,
    };
    const refused = { kind: 'rejected', rejection: 'invalid', problems: [problem] };
    expect(supply.refusalOf(arm('mark'))).toStrictEqual(refused);
    expect([arm('last'), arm('mid')].map((one) => supply.refusalOf(one))).toStrictEqual([
      undefined,
      undefined,
    ]);
    fixture.arm(2, 1, { stop: '82' });
    const plan = { stop: '82', triggerBy: 'mark' } as const;
    const amend = { kind: 'AmendStop', stopId: ulidOf(2), expectedRevision: 0, plan } as const;
    expect(supply.refusalOf({ ...amend, ...head })).toStrictEqual(refused);
    const order = { orderId: ulidOf(9), accountId: 'demo', instrumentId: LTC, quantity: '1' };
    const entry = { kind: 'PlaceOrder', ...order, side: 'buy', type: 'market' } as const;
    expect(supply.refusalOf({ ...entry, plan, ...head })).toStrictEqual(refused);
    expect(supply.refusalOf({ ...entry, ...head })).toBeUndefined();
  });

  it('is asked for where it is one that feeds bring on request, and an alarm where none can', () => {
    const able = supplied(['ltp', 'mark']);
    const trail = { trail: { amount: d('1') } };
    able.supply.want(LTC, plan('mark'));
    able.supply.want(LTC, plan('last', { ...trail, dialect: { trailBy: 'lastOrBidAsk' } }));
    expect([able.wanted, able.raised]).toStrictEqual([
      [`${LTC} mark`, `${LTC} ltp`, `${LTC} quote`],
      [],
    ]);
    const unable = supplied(['ltp']);
    for (let stop = 0; stop < 2; stop += 1) unable.supply.want(LTC, plan('mark'));
    expect(unable.raised).toStrictEqual([
      `PRICE_NOT_SHOWN ${LTC} mark: a stop on ${LTC} fires by mark, which none of its feeds shows: it cannot fire`,
    ]);
  });

  it('comes from feeds that are there: an instrument of others is refused', () => {
    const { supply } = supplied(['ltp']);
    const define: Omit<DefineInstrument, 'feeds'> = {
      ...{ kind: 'DefineInstrument', instrumentId: 'BINANCE:XRPUSDT', symbol: 'XRPUSDT' },
      ...{ priceTick: '0.0001', quantityStep: '0.1', quoteCurrency: 'USDT', ...head },
    };
    expect(supply.refusalOf({ ...define, feeds: ['main'] })).toBeUndefined();
    expect(supply.refusalOf({ ...define, feeds: ['main', 'mian'] })?.problems).toStrictEqual([
      { code: 'FEED_UNKNOWN', field: 'feeds', rule: 'must name a configured feed', value: 'mian' },
    ]);
  });

  it('of an instrument or a stop that is not known is for others to judge', () => {
    const { supply } = supplied([]);
    const unknown = { ...arm('mark'), positionId: ulidOf(7) };
    expect(supply.refusalOf(unknown)).toBeUndefined();
    expect(supply.refusalOf({ kind: 'ClosePosition', positionId: 'p', ...head })).toBeUndefined();
  });
});
