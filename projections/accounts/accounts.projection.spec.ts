import { T0, accountOpened, costBasisChosen } from '../../test/support/event-builders.js';
import { rowOf } from '../../test/support/folding.js';
import { accounts } from './accounts.projection.js';

it('shows an account as it was opened', () => {
  expect(rowOf(accounts, [accountOpened()])).toStrictEqual({
    accountId: 'demo',
    broker: 'paper',
    mode: 'paper',
    currency: 'USDT',
    costBasis: 'fifo',
    trading: 'open',
    tradingReason: null,
    revision: 0,
    openedAt: '2025-06-21T21:31:00.000Z',
    updatedAt: '2025-06-21T21:31:00.000Z',
  });
});

it('follows how its books are to be kept', () => {
  const chosen = costBasisChosen({ at: T0 + 1000 });
  expect(rowOf(accounts, [accountOpened(), chosen])).toMatchObject({
    costBasis: 'average',
    revision: 1,
    openedAt: '2025-06-21T21:31:00.000Z',
    updatedAt: '2025-06-21T21:31:01.000Z',
  });
});
