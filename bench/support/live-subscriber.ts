import { WebSocket } from 'ws';

/** Hears decisions; what is true at the beginning is not counted. Resolves once it follows. */
export function followDecisions(
  url: string,
  onDecision: (position: string) => void,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/live`);
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"action":"follow"}'));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { type: string; position?: string };
      if (message.type === 'decision') onDecision(message.position ?? '');
      else resolve(socket);
    });
  });
}
