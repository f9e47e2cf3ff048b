import { WebSocket } from 'ws';

/** How a message about a decision begins. */
const DECISION = /^\{"type":"decision","seq":\d+,"after":"-?\d+","position":"(\d+)"/;
const HEAD_BYTES = 150;

/**
 * Hears decisions; what is true at the beginning is not counted. Resolves once it follows.
 *
 * No more of a message is read than its head: hundreds of subscribers share one process here, and what they did with
 * each message would be counted as the time that the next of them waits.
 */
export function followDecisions(
  url: string,
  onDecision: (position: string) => void,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/live`, { skipUTF8Validation: true });
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"action":"follow"}'));
    socket.on('message', (data: Buffer) => {
      const position = DECISION.exec(data.toString('latin1', 0, HEAD_BYTES))?.[1];
      if (position === undefined) resolve(socket);
      else onDecision(position);
    });
  });
}
