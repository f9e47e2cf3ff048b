import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Access } from './access/access-policy.js';
import { mayWrite } from './access/web-origin.js';
import type { Node } from './node.js';
import { metricsText, type TrafficCounts } from './metrics.js';
import { type HttpAppend, parseHttpAppend } from './protocol/http-append.parse.js';
import { GrpcError } from './protocol/grpc-status.js';
import type { AppendOutcome } from './streams/event-store.js';
import { refuseStreamName } from './streams/stream-name.parse.js';

interface HttpContext {
  readonly node: Node;
  readonly identify: (authorization: string | undefined) => Access | Promise<Access>;
  /** The address that the server is bound to. */
  readonly host: string;
  readonly isSecure: boolean;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TEXT = 'application/json; charset=utf-8';
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';
/** Clients expect a number of a message type and read nothing else of it. */
const PING = JSON.stringify({ msgTypeId: 1, text: 'Ping request successfully handled' });
const STREAM_PATH = /^\/streams\/([^/]+)$/;
const BODY_OVERHEAD = 8;
const HTTP_OF_GRPC: Readonly<Record<number, number>> = { 3: 400, 7: 403, 8: 503, 9: 410, 16: 401 };

/** HTTP/1.1 beside gRPC: probes, metrics and a way to append that needs no library. */
export function httpHandler(context: HttpContext, traffic: () => TrafficCounts): RequestListener {
  return (request, response) => {
    answer(context, request, traffic)
      .catch((error: unknown) => refusalOf(error))
      .then((found) => respond(request, response, found))
      .catch(() => response.destroy());
  };
}

async function answer(
  context: HttpContext,
  request: IncomingMessage,
  traffic: () => TrafficCounts,
): Promise<Answer> {
  const [path = ''] = (request.url ?? '').split('?');
  const isAsked = request.method === 'GET' || request.method === 'HEAD';
  if (isAsked && path === '/ping') return { status: 200, body: PING, headers: typed(JSON_TEXT) };
  if (isAsked && path === '/health/live') return { status: 200, body: 'OK\n' };
  if (isAsked && path === '/metrics') {
    return {
      status: 200,
      body: metricsText(context.node, traffic()),
      headers: typed(PROMETHEUS),
    };
  }
  const stream = STREAM_PATH.exec(path)?.[1];
  if (request.method === 'POST' && stream !== undefined) {
    return append(context, request, decodeName(stream));
  }
  return { status: 404, body: 'Not Found\n' };
}

async function append(
  context: HttpContext,
  request: IncomingMessage,
  stream: string,
): Promise<Answer> {
  const { node, identify, isSecure } = context;
  if (!mayWrite(request.headers, context)) {
    return { status: 403, body: 'Requests of web pages are refused.\n' };
  }
  const access = await identify(request.headers.authorization);
  access.check('write', stream);
  const refusal = refuseStreamName(stream);
  if (refusal !== undefined) throw refusal;
  const { appendBytesMax } = node.limits;
  const body = await readBody(request, appendBytesMax * BODY_OVERHEAD);
  if (body === undefined) return { status: 413, body: 'The body is too large.\n' };
  const parsed = parseHttpAppend(request.headers, body, isSecure);
  if (parsed.kind === 'wrong-type') return { status: 415, body: `${parsed.message}\n` };
  if (parsed.kind === 'bad-request') return { status: 400, body: `${parsed.message}\n` };
  if (dataBytesOf(parsed) > appendBytesMax) {
    return { status: 413, body: `An append holds at most ${appendBytesMax} bytes of data.\n` };
  }
  return written(node, stream, parsed);
}

function written(
  node: Node,
  stream: string,
  { expected, events }: Extract<HttpAppend, { kind: 'append' }>,
): Promise<Answer> {
  return new Promise((resolve) => {
    const timedOut = { status: 503, body: 'Operation timed out: CommitTimeout\n' };
    const isDone = node.commits.watch(() => resolve(timedOut));
    node.store.append({ stream, expected, events }, (outcome) => {
      isDone();
      resolve(answerOf(stream, outcome, events.length));
    });
  });
}

function answerOf(stream: string, outcome: AppendOutcome, count: number): Answer {
  if (outcome.kind === 'stream-deleted') return { status: 410, body: 'Stream deleted\n' };
  if (outcome.kind === 'out-of-space') return { status: 507, body: `${outcome.message}\n` };
  if (outcome.kind === 'wrong-expected-version') {
    const headers = { 'ES-CurrentVersion': String(outcome.current) };
    return { status: 400, body: 'Wrong expected EventNumber\n', headers };
  }
  const first = Math.max(0, outcome.revision - count + 1);
  return { status: 201, headers: { Location: `/streams/${encodeURIComponent(stream)}/${first}` } };
}

function dataBytesOf({ events }: Extract<HttpAppend, { kind: 'append' }>): number {
  return events.reduce((bytes, event) => bytes + event.data.length, 0);
}

/** Undefined if there is more than that; the rest is then left to the end of the connection. */
function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) resolve(undefined);
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () => reject(new Error('the request was cut short')));
  });
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return ''; // Refused as a name like any other empty one.
  }
}

function refusalOf(error: unknown): Answer {
  if (!(error instanceof GrpcError)) throw error;
  const status = HTTP_OF_GRPC[error.code] ?? 500;
  const asks = status === 401 ? { 'WWW-Authenticate': 'Basic realm="eventstore"' } : {};
  return { status, body: `${error.message}\n`, headers: asks };
}

function typed(type: string): Record<string, string> {
  return { 'Content-Type': type };
}

function respond(request: IncomingMessage, response: ServerResponse, found: Answer): void {
  const body = found.body ?? '';
  const length = { 'Content-Length': String(Buffer.byteLength(body)) };
  // A body that was not read to its end would be taken for the next request.
  const isOpen = request.complete || request.method === 'GET' || request.method === 'HEAD';
  const close: Record<string, string> = isOpen ? {} : { Connection: 'close' };
  response.writeHead(found.status, { ...typed(TEXT), ...found.headers, ...length, ...close });
  response.end(request.method === 'HEAD' ? '' : body);
}
