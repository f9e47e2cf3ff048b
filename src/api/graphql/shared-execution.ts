import { createSourceEventStream, execute } from 'graphql';
import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { OnceForAll } from '../live/once-for-all.js';
import { ToldItems } from '../live/told-items.js';
import { graphqlError, problemOf } from '../problem-answers.js';

/** Who asked for a subscription. */
export interface Listener {
  /** Tells apart what may be answered differently: what is asked, and by what right. */
  readonly question: string;
  /** Resolves once they have taken it. */
  readonly tell: (result: string) => Promise<void>;
}

/**
 * Subscriptions of many who ask the same: a message that they share is executed and written out once for each document,
 * variables and rights, and not once for each of them. What is one listener's own is shared with nobody.
 */
export class SharedExecution {
  private readonly results = new OnceForAll<string>();

  /** The iterator yields nothing but what ends it: results are told as text, which is the same for all. */
  async subscribe(
    args: ExecutionArgs,
    { question, tell }: Listener,
  ): Promise<ToldItems<object, ExecutionResult> | ExecutionResult> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const payloads = source[Symbol.asyncIterator]() as AsyncIterator<object, undefined>;
    return new ToldItems<object, ExecutionResult>(
      {
        next: () => payloads.next(),
        return: () => payloads.return?.() ?? Promise.resolve(),
      },
      {
        told: async (payload) => {
          await tell(await this.resultOf(args, question, payload));
          return undefined;
        },
        failed: (error) => ({ errors: [graphqlError(problemOf(error))] }),
      },
    );
  }

  private resultOf(args: ExecutionArgs, question: string, payload: object): Promise<string> {
    return this.results.of(payload, question, async () =>
      JSON.stringify(await execute({ ...args, rootValue: payload })),
    );
  }
}
