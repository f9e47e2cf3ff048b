import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { frame, FrameSplitter } from '../../src/eventstore-server/protocol/grpc-frames.codec.js';

export interface RawAnswer {
  readonly messages: readonly Buffer[];
  readonly status: number;
  readonly message: string;
  readonly trailers: IncomingHttpHeaders;
}

/** Sends messages the way no client would, and collects what comes until the call ends. */
export async function rawCall(
  target: { readonly port: number; readonly path: string },
  sent: Buffer | readonly Buffer[],
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const session = connect(`http://127.0.0.1:${target.port}`);
  session.on('error', () => undefined); // The stream has it too, and rejects.
  try {
    const messages = Buffer.isBuffer(sent) ? [sent] : sent;
    return await callOn(session, target.path, { messages, headers });
  } finally {
    session.close();
  }
}

function callOn(
  session: ClientHttp2Session,
  path: string,
  sent: { readonly messages: readonly Buffer[]; readonly headers: Record<string, string> },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...sent.headers,
    });
    const messages: Buffer[] = [];
    const splitter = new FrameSplitter();
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (first) => (trailers = first));
    stream.on('trailers', (last) => (trailers = last as IncomingHttpHeaders));
    stream.on('data', (chunk: Buffer) => splitter.push(chunk, (part) => messages.push(part)));
    stream.on('error', reject);
    stream.on('close', () => {
      const status = Number(trailers['grpc-status'] ?? -1);
      const text = decodeURIComponent(String(trailers['grpc-message'] ?? ''));
      resolve({ messages, status, message: text, trailers });
    });
    stream.end(Buffer.concat(sent.messages.map((message) => frame(message))));
  });
}
