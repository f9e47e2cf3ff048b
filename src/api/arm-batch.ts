import type { CommandBus } from '@nestjs/cqrs';
import { AskEngine } from './engine-command.handler.js';
import { accepted, commandHead } from './engine-outcomes.js';
import type { ArmedBatchView } from './nouns/arming-views.js';
import { RequestProblem } from './problem.js';
import { stopBody } from './rest/request-bodies.parse.js';
import { parseRequest } from './rest/request-problems.parse.js';
import { ulid } from './ulid.js';

/** So many are on their way to the engine at once: enough to fill an append, few enough that others get between. */
const UNDER_WAY_MAX = 64;

type Armed = ArmedBatchView['items'][number];

/**
 * Arms each stop or refuses it by itself; the answer says which, in the order of the request. Throws the problem that all
 * of them have where the engine is away.
 */
export async function armBatch(
  commands: CommandBus,
  stops: readonly unknown[],
  key: string | null | undefined,
): Promise<ArmedBatchView> {
  const items = new Array<Armed>(stops.length);
  const away: RequestProblem[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < stops.length; at = next++) {
      // The first is the command of the key itself: a key that another request has used is found out.
      const head = () => commandHead(key, at === 0 ? undefined : String(at));
      items[at] = { index: at, ...(await armOne(commands, stops[at], head, away)) };
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY_MAX }, work));
  const [first] = away;
  if (first && away.length === stops.length) throw first;
  const positions = items.flatMap(({ asOfPosition }) => asOfPosition ?? []);
  const newest = positions.reduce((max, each) => (BigInt(each) > max ? BigInt(each) : max), -1n);
  const armed = items.filter(({ stopId }) => stopId !== null).length;
  return { armed, refused: items.length - armed, items, asOfPosition: newest.toString() };
}

async function armOne(
  commands: CommandBus,
  stop: unknown,
  headOf: () => ReturnType<typeof commandHead>,
  away: RequestProblem[],
): Promise<Omit<Armed, 'index'>> {
  try {
    const wanted = parseRequest(stopBody, stop);
    const command = { kind: 'ArmStop', ...headOf(), stopId: ulid(), ...wanted } as const;
    const outcome = accepted(await commands.execute(new AskEngine(command)));
    const { id: stopId, revision, position: asOfPosition } = outcome;
    return { stopId, revision, asOfPosition, problem: null };
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    if (error.status === 503) away.push(error);
    const problem = error.document();
    return { stopId: null, revision: null, asOfPosition: null, problem };
  }
}
