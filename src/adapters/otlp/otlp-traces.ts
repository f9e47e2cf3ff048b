import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { SpanContext, Tracer } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { IdGenerator, SpanExporter } from '@opentelemetry/sdk-trace';
import type { StepPlace, TracedStep, Traces } from '../../application/ports/trace.port.js';

export interface OtlpTracesOptions {
  /** The process: `engine`, `projector+api`. */
  readonly part: string;
  readonly build: string;
  /** Undefined: all is well again. */
  readonly onTrouble: (reason: string | undefined) => void;
}

// Orders are few: a span that a crash takes along is worse than a message more.
const DELAY_MS = 1_000;

/**
 * Steps as spans by OTLP over HTTP, to where the standard `OTEL_*` variables say.
 *
 * The ids of a span are a function of its place, so that a span of another process or an earlier run is found as its
 * parent without anything being handed over.
 */
export class OtlpTraces implements Traces {
  private readonly ids = new PlacedIds();
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor({ part, build, onTrouble }: OtlpTracesOptions) {
    const ours = {
      'service.name': 'stopledger',
      'service.version': build,
      'stopledger.part': part,
    };
    this.provider = new TracerProvider({
      // What the environment names goes before.
      resource: resourceFromAttributes(ours).merge(detectResources({ detectors: [envDetector] })),
      idGenerator: this.ids,
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: watched(new OTLPTraceExporter(), onTrouble),
          scheduledDelayMillis: DELAY_MS,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('stopledger', build);
  }

  took({ name, fromMs, untilMs, attributes, failure, cause, after, ...place }: TracedStep): void {
    this.ids.place = place;
    const before = after === undefined ? undefined : contextOf({ trace: place.trace, step: after });
    const span = this.tracer.startSpan(
      name,
      {
        startTime: timeOf(fromMs),
        attributes: namesOf(attributes),
        ...(cause && { links: [{ context: contextOf(cause) }] }),
      },
      before ? trace.setSpanContext(ROOT_CONTEXT, before) : ROOT_CONTEXT,
    );
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    span.end(timeOf(untilMs));
  }

  /** Resolves when what was taken has been delivered or given up. */
  async flush(): Promise<void> {
    await this.provider.forceFlush().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.provider.shutdown().catch(() => undefined);
  }
}

/** The ids of the span that is begun next. */
class PlacedIds implements IdGenerator {
  place: StepPlace = { trace: '', step: '' };

  generateTraceId(): string {
    return traceIdOf(this.place);
  }

  generateSpanId(): string {
    return spanIdOf(this.place);
  }
}

function traceIdOf({ trace: name }: StepPlace): string {
  return hexOf(name, 32);
}

function spanIdOf({ trace: name, step }: StepPlace): string {
  return hexOf(`${name}\n${step}`, 16);
}

function hexOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

function contextOf(place: StepPlace): SpanContext {
  return {
    traceId: traceIdOf(place),
    spanId: spanIdOf(place),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
}

/** Seconds and nanoseconds: a number alone would be taken for a monotonic time when it is small. */
function timeOf(ms: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}

/** `orderId` → `stopledger.order_id`. */
function namesOf(attributes: TracedStep['attributes']): Record<string, string | number> {
  const named = Object.entries(attributes).flatMap(([name, value]) => {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return value === undefined ? [] : [[`stopledger.${snake}`, value] as const];
  });
  return Object.fromEntries(named);
}

/** The SDK drops what it cannot deliver without a word: the first time of a row is told, and the end of it. */
function watched(
  exporter: SpanExporter,
  onTrouble: (reason: string | undefined) => void,
): SpanExporter {
  let isTroubled = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== ExportResultCode.SUCCESS;
        if (hasFailed !== isTroubled) {
          isTroubled = hasFailed;
          onTrouble(hasFailed ? (result.error?.message ?? 'refused') : undefined);
        }
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
