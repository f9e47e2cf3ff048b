import type { Socket } from 'node:net';

const HEAD_BYTES_MAX = 16 * 1024;
const IDLE_MS = 5_000;
const BODIES: Readonly<Record<string, string>> = {
  '/ping': 'Ping request successfully handled\n',
  '/health/live': 'OK\n',
};

/**
 * Answers one HTTP/1.1 request and closes the connection: enough for probes of whoever runs the node.
 * `early` are the bytes that were read to find out that the peer does not speak HTTP/2.
 */
export function answerPlainHttp(socket: Socket, early: Buffer): void {
  let head = early.toString('latin1');
  const tryAnswer = (): void => {
    if (!head.includes('\r\n\r\n')) {
      if (head.length > HEAD_BYTES_MAX) socket.destroy();
      return;
    }
    socket.off('data', onData);
    const [method, path] = head.split(' ', 2);
    const isAsked = method === 'GET' || method === 'HEAD';
    const body = isAsked ? BODIES[path?.split('?')[0] ?? ''] : undefined;
    socket.end(respond(body, method === 'HEAD'));
  };
  const onData = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    tryAnswer();
  };
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('data', onData);
  tryAnswer();
}

function respond(found: string | undefined, isHead: boolean): string {
  const body = found ?? 'Not found\n';
  return [
    `HTTP/1.1 ${found === undefined ? '404 Not Found' : '200 OK'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    isHead ? '' : body,
  ].join('\r\n');
}
