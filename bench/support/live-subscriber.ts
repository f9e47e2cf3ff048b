import { WebSocket } from 'ws';

/** A way to hear of every decision of the log as it is taken. */
interface Way {
  readonly path: string;
  readonly protocols: readonly string[];
  /** What is sent once the connection is there. */
  readonly first: string;
  /** What is sent once that is acknowledged, where the protocol asks for it. */
  readonly then?: { readonly after: string; readonly message: string };
  /** How a message about a decision begins. */
  readonly decision: RegExp;
}

const FIELDS =
  'streamId revision eventType accountId instrumentId actor commandId correlationId causationId recordedAt data';
const QUERY = `subscription{decision{position after decision{${FIELDS}} state{asOfPosition}}}`;
const SUBSCRIBE = { id: '1', type: 'subscribe', payload: { query: QUERY } };

export const WAYS = {
  live: {
    ...{ path: '/live', protocols: [], first: '{"action":"follow"}' },
    decision: /^\{"type":"decision","seq":\d+,"after":"-?\d+","position":"(\d+)"/,
  },
  graphql: {
    ...{
      path: '/graphql',
      protocols: ['graphql-transport-ws'],
      first: '{"type":"connection_init"}',
    },
    then: { after: '{"type":"connection_ack"', message: JSON.stringify(SUBSCRIBE) },
    decision: /"payload":\{"data":\{"decision":\{"position":"(\d+)","after":"-?\d+","decision":\{/,
  },
} as const satisfies Readonly<Record<string, Way>>;

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
  { path, protocols, first, then, decision }: Way = WAYS.live,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const options = { skipUTF8Validation: true };
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, [...protocols], options);
    socket.on('error', reject);
    socket.on('open', () => socket.send(first));
    socket.on('message', (data: Buffer) => {
      const head = data.toString('latin1', 0, HEAD_BYTES);
      const position = decision.exec(head)?.[1];
      if (position !== undefined) onDecision(position);
      else if (then && head.startsWith(then.after)) socket.send(then.message);
      else resolve(socket);
    });
  });
}
