import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

export interface ReceivedSpan {
  /** What the resource says of the process. */
  readonly part: string;
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly fromNs: bigint;
  readonly untilNs: bigint;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 = error. */
  readonly status: { readonly code?: number; readonly message?: string };
}

/** What of OTLP's messages is looked at here; numbers as the protocol has them. */
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Value { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; } }
   message Pair { string key = 1; Value value = 2; }
   message Link { bytes traceId = 1; bytes spanId = 2; }
   message Status { string message = 2; int32 code = 3; }
   message Span { bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5;
     fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated Pair attributes = 9;
     repeated Link links = 13; Status status = 15; }
   message Scope { repeated Span spans = 2; }
   message Resource { repeated Pair attributes = 1; }
   message Part { Resource resource = 1; repeated Scope scopes = 2; }
   message Request { repeated Part parts = 1; }`,
  { keepCase: true },
);

/** A collector on a real port: takes spans by OTLP over HTTP as Protobuf, and decodes them. */
export class TraceReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** What the next messages are answered with. */
  status = 200;
  refused = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(): Promise<TraceReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new TraceReceiver(server, (server.address() as AddressInfo).port);
    server.on('request', (request, response) => void receiver.take(request, response));
    return receiver;
  }

  /** As `OTEL_EXPORTER_OTLP_ENDPOINT` names it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Spans that carry this attribute, earlier ones first. */
  about(attribute: string, value: string): readonly ReceivedSpan[] {
    return this.spans
      .filter(({ attributes }) => attributes[`stopledger.${attribute}`] === value)
      .toSorted((a, b) => Number(a.untilNs - b.untilNs));
  }

  /** The name of the span that this one follows from. */
  parentOf({ traceId, parentSpanId }: ReceivedSpan): string | undefined {
    return this.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId)
      ?.name;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isOurs =
      request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
    if (!isOurs || this.status !== 200) {
      this.refused += 1;
      response.writeHead(isOurs ? this.status : 400).end();
      return;
    }
    this.spans.push(...spansIn(Buffer.concat(chunks)));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }
}

function spansIn(bytes: Buffer): readonly ReceivedSpan[] {
  const type = root.lookupType('Request');
  const decoded = type.toObject(type.decode(bytes), { longs: String, arrays: true }) as {
    parts: Record<string, any>[];
  };
  return decoded.parts.flatMap(({ resource, scopes }) => {
    const of = pairsIn(resource.attributes as never);
    const about = { part: of['stopledger.part'] ?? '', service: of['service.name'] ?? '' };
    return (scopes as { spans: Record<string, any>[] }[]).flatMap(({ spans }) =>
      spans.map((span) => ({ ...about, ...spanOf(span) })),
    );
  });
}

function spanOf(span: Record<string, any>): Omit<ReceivedSpan, 'part' | 'service'> {
  return {
    ...idsIn(span),
    parentSpanId: hexOf(span['parentSpanId']),
    name: String(span['name']),
    fromNs: BigInt(span['startTimeUnixNano'] as string),
    untilNs: BigInt(span['endTimeUnixNano'] as string),
    attributes: pairsIn(span['attributes'] as never),
    links: (span['links'] as Record<string, any>[]).map(idsIn),
    status: (span['status'] ?? {}) as ReceivedSpan['status'],
  };
}

function idsIn(message: Record<string, any>): { traceId: string; spanId: string } {
  return { traceId: hexOf(message['traceId']), spanId: hexOf(message['spanId']) };
}

function hexOf(bytes: unknown): string {
  return bytes === undefined ? '' : Buffer.from(bytes as Uint8Array).toString('hex');
}

function pairsIn(
  pairs: readonly { key: string; value: Record<string, unknown> }[],
): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}
