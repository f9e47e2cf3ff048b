import type { DecimalText } from '../domain/kernel/units.js';
import { insuranceFaults, restingAsAsked } from './insurance-sight.js';
import type { VenueOrder } from './ports/broker.port.js';

const d = (text: string) => text as DecimalText;
const asked = {
  ...{ orderId: 'o', side: 'sell', quantity: d('10'), filledQuantity: d('0'), stopPrice: d('75') },
} as never;

const shown: VenueOrder = {
  orderId: 'o',
  venueOrderId: 'v',
  instrumentId: 'BINANCE_USDM:LTCUSDT',
  side: 'sell',
  quantity: d('10'),
  filledQuantity: d('0'),
  type: 'stop',
  limitPrice: undefined,
  stopPrice: d('75.00'),
  reduceOnly: true,
};

describe('a stop that rests at a venue, read back', () => {
  it.each<[string | undefined, Partial<VenueOrder>]>([
    [undefined, {}],
    [undefined, { quantity: d('9.9'), reduceOnly: undefined, filledQuantity: undefined }],
    ['type limit, not stop', { type: 'limit' }],
    ['side buy, not sell', { side: 'buy' }],
    ['reduce-only switched off', { reduceOnly: false }],
    ['stop price 75.1, not 75', { stopPrice: d('75.1') }],
    ['stop price none, not 75', { stopPrice: undefined }],
    ['quantity 10.1, not 10', { quantity: d('10.1') }],
  ])('differs by %s', (fault, over) => {
    const faults = insuranceFaults([asked], [{ ...shown, ...over }]);
    expect(faults.get('o')).toBe(fault && `o rests with ${fault}`);
  });

  it('says nothing of one that is not shown: looking it up does', () => {
    expect(insuranceFaults([asked], []).size).toBe(0);
  });

  it.each<[string, object, boolean]>([
    ['a stop', {}, true],
    ['a pair of which nothing has traded', { targetPrice: '85' }, true],
    ['a stop of which a part has traded', { fills: [{}] }, true],
    [
      'a pair of which the target has traded: its stop has ended',
      { targetPrice: '85', fills: [{}] },
      false,
    ],
    ['what is on its way back', { isCancelRequested: true }, false],
    ['what the venue has not acknowledged', { status: 'unknown' }, false],
    ['an exit', { insures: undefined }, false],
  ])('is compared, %s: %j, %j', (_, over, isCompared) => {
    const order = { insures: true, status: 'acked', isCancelRequested: false, fills: [], ...over };
    expect(restingAsAsked([order as never])).toHaveLength(isCompared ? 1 : 0);
  });
});
