import {
  stopActivated,
  stopAmended,
  stopArmed,
  stopCancelled,
  stopClosed,
  stopQuantityAdjusted,
  stopTargetHit,
  stopTrailed,
  stopTriggered,
} from '../../test/support/event-builders.js';
import { folding } from '../../test/support/folding.js';
import { stopTimeline } from './stop-timeline.projection.js';

describe('the steps of a stop', () => {
  it('are one row for each fact, in the order of the stream', () => {
    const steps = folding(stopTimeline, [
      stopArmed(),
      stopActivated(),
      stopTrailed(),
      stopTargetHit(),
      stopQuantityAdjusted(),
      stopAmended(),
      stopTriggered(),
      stopClosed(),
    ]);
    expect(
      steps.map(({ revision, type, level, previousLevel, moves, branch, quantity }) =>
        [revision, type, level, previousLevel, moves, branch, quantity].join(' '),
      ),
    ).toStrictEqual([
      '0 StopArmed 81.6242  0  10',
      '1 StopActivated 81.6242  0 first-price ',
      '2 StopTrailed 81.7222 81.6242 2 trail ',
      '3 StopTargetHit 82.32  0 target 5',
      '4 StopQuantityAdjusted   0 position-reduced 7',
      '5 StopAmended 80 81.6242 0  ',
      '6 StopTriggered 81.732 81.7222 1 stop 10',
      '7 StopClosed 81.732  0  10',
    ]);
  });

  it('name the first and the last price of merged moves', () => {
    const [step] = folding(stopTimeline, [stopTrailed()]);
    expect([step?.firstCause, step?.cause]).toStrictEqual([
      {
        feed: 'main',
        source: 'last',
        tradeId: '101',
        price: '83.35',
        size: '1.5',
        venueTime: '2025-06-21T21:31:00.000Z',
        receivedAt: '2025-06-21T21:31:00.003Z',
        verdict: 'good',
      },
      {
        feed: 'main',
        source: 'last',
        tradeId: '102',
        price: '83.39',
        size: '1.5',
        venueTime: '2025-06-21T21:31:00.000Z',
        receivedAt: '2025-06-21T21:31:00.003Z',
        verdict: 'good',
      },
    ]);
  });

  it('say who did it, in which run, and where in the log it stands', () => {
    const [, step] = folding(stopTimeline, [stopArmed(), stopCancelled()]);
    expect(step).toMatchObject({
      eventId: 'event-1',
      actor: 'engine',
      position: '200',
      epoch: 1,
      inputSeq: '7',
      branch: 'requested',
      cause: null,
    });
  });
});
