import { Agent, request } from 'node:http';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** So many requests over so many connections, each behind the other; returns how long each took, whole, in ms. */
export async function requestTimes(
  url: string,
  asked: (number: number) => Asked,
  { requests, connections }: { readonly requests: number; readonly connections: number },
): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < requests) {
      next += 1;
      const startMs = performance.now();
      await once(agent, url, asked(next));
      times.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
  return times;
}

function once(agent: Agent, url: string, { method, path, body }: Asked): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const outgoing = request(`${url}${path}`, { agent, method, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${String(response.statusCode)}`));
      response.resume().on('end', resolve);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
