import { OtlpTraces } from '../../src/adapters/otlp/otlp-traces.js';
import { idsOf } from '../../src/adapters/eventstoredb/recorded-fact.js';
import { OrderTraces, commandStep } from '../../src/application/order-traces.js';
import { StepTimes } from '../../src/application/step-times.js';
import type { Decision } from '../../src/engine/decisions.js';
import { d } from '../support/event-builders.js';
import { PartitionFixture, ulidOf } from '../support/partition-fixture.js';
import { TraceReceiver } from '../support/trace-receiver.js';

const ORIGIN_MS = 1_750_541_100_000;
const EXIT = `${ulidOf(2)}-0101`;

/** One run of an engine: what it decides is timed and traced, on a clock of its own. */
class TracedRun {
  nowMs = 0;
  readonly otlp: OtlpTraces;
  readonly times: StepTimes;
  private readonly orders: OrderTraces;

  constructor(readonly troubles: (string | undefined)[] = []) {
    this.otlp = new OtlpTraces({
      ...{ part: 'engine', build: '1.2.3' },
      onTrouble: (reason) => void troubles.push(reason),
    });
    const monotonicMs = () => this.nowMs;
    this.orders = new OrderTraces({
      ...{ traces: this.otlp, idsOf, monotonicMs, originMs: ORIGIN_MS },
    });
    this.times = new StepTimes({
      ...{ monotonicMs, stampedAtMs: () => -0.25, onStep: this.orders.took },
    });
  }

  decided(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      this.orders.decided(decision);
      this.times.decided(decision.fact);
    }
  }

  durable(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.fact.type === 'StopTriggered') this.times.durable(EXIT);
      this.orders.durable(decision);
    }
  }
}

/** What the fixture decides from here on. */
function newest(fixture: PartitionFixture, work: () => void): readonly Decision[] {
  const before = fixture.decisions.length;
  work();
  return fixture.decisions.slice(before);
}

describe('traces', () => {
  let receiver: TraceReceiver;

  beforeEach(async () => {
    receiver = await TraceReceiver.open();
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  });

  afterEach(async () => {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    delete process.env['OTEL_SERVICE_NAME'];
    await receiver.close();
  });

  it('lead from the tick to the fill, over a restart between the order and its fill', async () => {
    const fixture = PartitionFixture.ready();
    fixture.position(1, 'long');
    fixture.price('83.29');
    fixture.arm(2, 1, { stop: '82' });
    const first = new TracedRun();
    first.times.begin();
    first.nowMs = 2;
    const exit = newest(fixture, () => fixture.price('82.00', { tradeId: '77' }));
    first.decided(exit);
    first.times.end();
    first.nowMs = 6;
    first.durable(exit);
    first.nowMs = 7;
    first.times.sent(EXIT);
    first.nowMs = 9;
    first.times.answered(EXIT, 'acknowledged');
    await first.otlp.close();

    const restarted = fixture.restarted();
    const second = new TracedRun();
    second.nowMs = 500;
    const filled = newest(restarted, () => {
      restarted.report({
        ...{ kind: 'fill', orderId: EXIT },
        fill: {
          ...{ venueTradeId: '9001', quantity: d('10'), price: d('81.99'), feeAmount: d('0') },
          ...{ feeCurrency: 'USDT', liquidity: 'taker', filledAtMs: ORIGIN_MS },
        },
      });
    });
    second.decided(filled);
    second.nowMs = 503;
    second.durable(filled);
    await second.otlp.close();

    const ofOrder = receiver.about('order_id', EXIT).filter(({ attributes }) => {
      return !['StopClosed', 'PositionClosed'].includes(attributes['stopledger.event'] ?? '');
    });
    expect(new Set(ofOrder.map(({ traceId }) => traceId)).size).toBe(1);
    const shown = ofOrder.map((span) => {
      const { name, fromNs, untilNs, attributes } = span;
      const at = [fromNs, untilNs].map((ns) => Number(ns / 1_000n) / 1_000 - ORIGIN_MS);
      return [receiver.parentOf(span), name, ...at, attributes['stopledger.event']];
    });
    expect(shown).toStrictEqual([
      [undefined, 'tick', -0.25, 0, 'StopTriggered'],
      ['tick', 'decision', 0, 2, 'StopTriggered'],
      ['decision', 'journal append', 2, 6, 'StopTriggered'],
      ['journal append', 'journal append', 2, 6, 'OrderPlaced'],
      ['journal append', 'order sent', 6, 7, 'StopTriggered'],
      ['order sent', 'acknowledged', 7, 9, 'StopTriggered'],
      ['order sent', 'fill', 500, 500, 'OrderFilled'],
      ['fill', 'journal append', 500, 503, 'OrderFilled'],
    ]);
    expect(ofOrder[0]?.attributes).toMatchObject({
      'stopledger.correlation_id': ulidOf(1),
      'stopledger.causation_id': 'p0/1/5',
      'stopledger.event_id': idsOf(exit[0]!).eventId,
      'stopledger.stop_id': ulidOf(2),
      'stopledger.price': '82',
      'stopledger.trade_id': '77',
      'stopledger.feed': 'main',
    });
    expect(ofOrder.at(-1)?.attributes).toMatchObject({
      'stopledger.correlation_id': ulidOf(1),
      'stopledger.causation_id': 'p0/2/0',
    });
  });

  it('join what the edge and the engine did for one command, and say what failed', async () => {
    process.env['OTEL_SERVICE_NAME'] = 'my-stops';
    const [edge, engine] = [new TracedRun(), new TracedRun()];
    const command = { kind: 'CancelStop', commandId: 'c1', actor: 'ann', stopId: 'S1' } as const;
    const away = { kind: 'unavailable', reason: 'the log is away', retryAfterMs: 1 } as const;
    const times = { fromMs: ORIGIN_MS, untilMs: ORIGIN_MS + 3 };
    engine.otlp.took(commandStep(command, away, { by: 'engine', ...times }));
    edge.otlp.took(commandStep(command, away, { by: 'edge', ...times }));
    await Promise.all([edge.otlp.close(), engine.otlp.close()]);
    const spans = receiver.about('command_id', 'c1');
    const byName = Object.fromEntries(spans.map((span) => [span.name, span]));
    const atEngine = byName['CancelStop at the engine']!;
    expect(Object.keys(byName)).toHaveLength(2);
    expect(receiver.parentOf(atEngine)).toBe('CancelStop at the edge');
    expect(atEngine.status).toStrictEqual({ code: 2, message: 'the log is away' });
    expect([atEngine.service, atEngine.part]).toStrictEqual(['my-stops', 'engine']);
  });

  it('that do not arrive are told once, and that they do again', async () => {
    const run = new TracedRun();
    const command = { kind: 'CancelStop', commandId: 'c1', actor: 'ann', stopId: 'S1' } as const;
    const away = { kind: 'unavailable', reason: 'away', retryAfterMs: 1 } as const;
    const took = () => {
      run.otlp.took(commandStep(command, away, { by: 'edge', fromMs: 0, untilMs: 1 }));
      return run.otlp.flush();
    };
    receiver.status = 400;
    await took();
    await took();
    receiver.status = 200;
    await took();
    expect(run.troubles).toStrictEqual([expect.stringMatching(/\S/), undefined]);
    expect([receiver.refused, receiver.spans.length]).toStrictEqual([2, 1]);
    await run.otlp.close();
  });
});
