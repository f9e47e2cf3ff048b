import type { Say } from './application/ports/say.port.js';
import type { Traces } from './application/ports/trace.port.js';
import { BUILD } from './config/build.js';
import type { Config } from './config/config-shape.js';

/** Where the steps of a process are traced to; undefined where nobody asked for it, and nothing of it is loaded. */
export async function openTraces(
  { traces }: Pick<Config, 'traces'>,
  part: string,
  say: Say,
): Promise<Traces | undefined> {
  if (!traces) return undefined;
  const { OtlpTraces } = await import('./adapters/otlp/otlp-traces.js');
  return new OtlpTraces({
    ...{ part, build: BUILD },
    onTrouble: (reason) => {
      if (reason === undefined) say('traces arrive again');
      else say(`traces do not arrive: ${reason}`, { severity: 'warning' });
    },
  });
}
