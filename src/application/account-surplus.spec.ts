import {
  STAMP,
  accountOpened,
  d,
  instrumentDefined,
  orderPlaced,
  positionOpened,
} from '../../test/support/event-builders.js';
import { Registry } from '../engine/registry.js';
import { AccountSurplus } from './account-surplus.js';

const { instrumentId, accountId, positionId } = STAMP;
const EXIT = orderPlaced().data.orderId;

interface Known {
  readonly mode?: 'live' | 'paper';
  readonly side?: 'long' | 'short';
  /** By book, as the venue told them last. */
  readonly told?: Readonly<Record<string, string>>;
  readonly isThere?: boolean;
  readonly hasOther?: boolean;
}

/** Whether the account may hold more than the 10 of the position. */
function judged({ mode = 'live', side = 'long', ...known }: Known): boolean {
  const registry = new Registry();
  registry.apply(`instrument-${instrumentId}`, instrumentDefined(), 0);
  registry.apply(`account-${accountId}`, accountOpened({ mode }), 0);
  registry.apply(`position-${positionId}`, positionOpened({ side }), 0);
  if (known.hasOther) registry.apply('position-P2', positionOpened({ positionId: 'P2', side }), 0);
  registry.apply(`order-${EXIT}`, orderPlaced(), 0);
  const surplus = new AccountSurplus({
    registry,
    isThere: () => known.isThere ?? true,
    newest: (_, { book }) => {
      const told = known.told?.[book];
      return told === undefined ? undefined : d(told);
    },
  });
  return surplus.mayBe(EXIT);
}

describe('whether an account holds more than the position of an exit', () => {
  it.each<[string, Known, boolean]>([
    ['no: the venue has told just that', { told: { net: '10' } }, false],
    [
      'no: a fee in coins has left less than a lot of difference',
      { told: { net: '10.0009' } },
      false,
    ],
    ['no: sold short, told net', { side: 'short', told: { net: '-10' } }, false],
    ['no: sold short, told by side', { side: 'short', told: { short: '-10', long: '4' } }, false],
    ['no: on paper there is what was declared', { mode: 'paper' }, false],
    ['no: nothing leaves without a broker', { isThere: false }, false],
    ['yes: a lot more was told', { told: { net: '10.001' } }, true],
    ['perhaps: less was told, so one of both books is old', { told: { net: '4' } }, true],
    ['perhaps: the venue has told nothing', {}, true],
    ['yes: another position is open on its side', { hasOther: true, told: { net: '10' } }, true],
    ['yes: another one on paper, too', { mode: 'paper', hasOther: true }, true],
  ])('%s', (_, known, expected) => {
    expect(judged(known)).toBe(expected);
  });
});
