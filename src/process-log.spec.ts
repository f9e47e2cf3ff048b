import { stopTriggered } from '../test/support/event-builders.js';
import { idsOf } from './adapters/eventstoredb/recorded-fact.js';
import { decisionFields } from './application/decision-fields.js';
import type { Decision } from './engine/decisions.js';
import { openLog } from './process-log.main.js';

const EXIT: Decision = {
  streamId: 'stop-S1',
  fact: stopTriggered({}),
  expectedRevision: 3,
  input: { partition: 'p0', epoch: 2, seq: 7 },
  index: 0,
  actor: 'engine',
};

describe('what a process prints', () => {
  let printed: string[];
  beforeEach(() => void (printed = []));
  const write = (text: string): void => void printed.push(text);

  it('is the line and nothing else where people read it', () => {
    openLog('text', 'engine', write)('StopTriggered S1', { stopId: 'S1' });
    expect(printed).toStrictEqual(['StopTriggered S1\n']);
  });

  it('is one JSON object a line where programs do, with every id of an exit', () => {
    openLog(
      'json',
      'engine',
      write,
    )('StopTriggered "S1"\nby 82', decisionFields(EXIT, idsOf(EXIT)));
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/^[^\n]+\n$/);
    const { time, pid, ...line } = JSON.parse(printed[0] ?? '') as Record<string, unknown>;
    expect(new Date(String(time)).toISOString()).toBe(time);
    expect(pid).toBe(process.pid);
    const { positionId, accountId, instrumentId, stopId, order } = stopTriggered({}).data;
    expect(line).toStrictEqual({
      ...{ level: 'info', part: 'engine', msg: 'StopTriggered "S1"\nby 82' },
      ...{ event: 'StopTriggered', eventId: idsOf(EXIT).eventId, actor: 'engine' },
      ...{ correlationId: positionId, causationId: 'p0/2/7', streamId: 'stop-S1', revision: 4 },
      ...{ stopId, orderId: order.orderId, positionId, accountId, instrumentId },
    });
  });

  it.each([
    ['info', 'info'],
    ['warning', 'warn'],
    ['critical', 'error'],
  ])('says an alarm that is %s at the level %s', (severity, level) => {
    openLog('json', 'engine', write)('ALARM', { severity });
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({ level, severity });
  });
});
