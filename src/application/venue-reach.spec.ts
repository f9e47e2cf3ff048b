import {
  STAMP,
  accountOpened,
  d,
  orderPlaced,
  positionOpened,
} from '../../test/support/event-builders.js';
import { venueOf } from '../config/account-venue.js';
import type { AccountConfig } from '../config/account-shape.js';
import type { EngineCommand } from '../engine/engine-commands.js';
import { Registry } from '../engine/registry.js';
import { VenueReach } from './venue-reach.js';

const { accountId, positionId } = STAMP;
const head = { commandId: 'c', actor: 'test' };

const ACCOUNTS = {
  spot: { broker: 'binance', binance: { market: 'spot' } },
  usdm: { broker: 'binance', binance: { market: 'usdm' } },
  mt5: { broker: 'mt5', mt5: { venue: 'MT5.ICMARKETS' } },
  openalgo: { broker: 'openalgo' },
  paper: { broker: 'paper' },
} as const;

type Broker = keyof typeof ACCOUNTS;

function reachOf(broker: Broker, instrumentId: string, mode: 'live' | 'shadow' = 'live') {
  const registry = new Registry();
  registry.apply(`account-${accountId}`, accountOpened({ mode }), 0);
  registry.apply(`position-${positionId}`, positionOpened({ instrumentId }), 0);
  registry.apply('order-S1-1-1', orderPlaced({ instrumentId }), 0);
  const account = ACCOUNTS[broker] as unknown as AccountConfig;
  return new VenueReach({ registry, venueOf: () => venueOf(account) });
}

function commands(instrumentId: string): readonly EngineCommand[] {
  const traded = { accountId, instrumentId, quantity: '1', ...head };
  return [
    { kind: 'OpenPosition', positionId: 'P2', side: 'long', entryPrice: d('80'), ...traded },
    { kind: 'PlaceOrder', orderId: 'O2', side: 'buy', type: 'market', ...traded },
    { kind: 'ArmStop', stopId: 'S2', positionId, plan: { stop: '70' }, ...head },
  ];
}

const SPOT = 'BINANCE:LTCUSDT';
const USDM = 'BINANCE_USDM:LTCUSDT';

describe('an instrument that the venue of a live account does not trade', () => {
  it('is refused to positions, orders and stops, with field, rule and value', () => {
    const reach = reachOf('usdm', SPOT);
    const at = `of the venue of account ${accountId}: binance market usdm (BINANCE_USDM:)`;
    const code = 'INSTRUMENT_OF_OTHER_VENUE';
    const instrument = { code, field: 'instrumentId', rule: `must be ${at}`, value: SPOT };
    const rule = `must be of an instrument, not ${SPOT}, ${at}`;
    const position = { code, field: 'positionId', rule, value: positionId };
    const refused = commands(SPOT).map((command) => reach.refusalOf(command));
    expect(refused).toStrictEqual(
      [instrument, instrument, position].map((problem) => ({
        ...{ kind: 'rejected', rejection: 'invalid', problems: [problem] },
      })),
    );
  });

  it('is told once for what the log has open already', () => {
    const found = [...reachOf('usdm', SPOT).unreachable()];
    const text = `account ${accountId} has ${SPOT} open and trades at binance market usdm (BINANCE_USDM:): no exit of it can leave`;
    expect(found).toStrictEqual([{ accountId, instrumentId: SPOT, text }]);
  });

  it.each<[Broker, string, 'live' | 'shadow', boolean]>([
    ['spot', SPOT, 'live', true],
    ['spot', USDM, 'live', false],
    ['usdm', USDM, 'live', true],
    ['usdm', SPOT, 'live', false],
    ['usdm', SPOT, 'shadow', true],
    ['mt5', 'MT5.ICMARKETS:XAUUSD', 'live', true],
    ['mt5', 'MT5.OTHER:XAUUSD', 'live', false],
    ['openalgo', 'NSE:INFY', 'live', true],
    ['openalgo', USDM, 'live', false],
    ['openalgo', 'MT5.ICMARKETS:XAUUSD', 'live', false],
    ['paper', USDM, 'live', true],
  ])('%s trades %s in mode %s: %j', (broker, instrumentId, mode, trades) => {
    const reach = reachOf(broker, instrumentId, mode);
    const refused = commands(instrumentId).filter((command) => reach.refusalOf(command));
    expect([refused.length, [...reach.unreachable()].length]).toStrictEqual(
      trades ? [0, 0] : [3, 1],
    );
  });
});
