import { instrumentDefined, stopArmed, stopTrailed } from '../../test/support/event-builders.js';
import { folding } from '../../test/support/folding.js';
import { auditTrail } from './audit-trail.projection.js';

it('tells every fact but the moves of levels, in the order of the log', () => {
  const rows = folding(auditTrail, [instrumentDefined(), stopArmed(), stopTrailed()]);
  expect(rows).toMatchObject([
    { auditId: '00000000000000000100', type: 'InstrumentDefined', accountId: null },
    { auditId: '00000000000000000200', type: 'StopArmed' },
  ]);
  expect(rows[1]).toStrictEqual({
    auditId: '00000000000000000200',
    streamId: 'stop-S1',
    revision: 0,
    type: 'StopArmed',
    actor: 'engine',
    commandId: null,
    correlationId: 'c',
    causationId: 'c',
    build: 'b',
    accountId: 'demo',
    instrumentId: 'BINANCE:LTCUSDT',
    at: '2025-06-21T21:31:00.000Z',
    recordedAt: '2025-06-21T21:31:00.000Z',
  });
});
