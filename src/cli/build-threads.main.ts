import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Builder, BuildProgress, Built, Goal } from '../adapters/postgres/builder.js';
import type { BuildShare } from '../adapters/postgres/build-share.js';
import type { Crew } from '../adapters/postgres/shadow-build.js';
import type { Purpose } from '../adapters/postgres/shadow-tables.js';
import type { RunAddresses } from '../launch/run-addresses.js';

/** What a thread is to build, and from where. */
export interface ThreadTerms extends RunAddresses {
  /** Names of read models. */
  readonly projections: readonly string[];
  readonly purpose: Purpose;
  readonly share: BuildShare;
}

/** What a thread is asked: one thing at a time. */
export interface ThreadGoal {
  readonly goal: Goal;
}

export type ThreadAnswer =
  | { readonly kind: 'progress'; readonly progress: BuildProgress }
  | { readonly kind: 'built'; readonly built: Built }
  | { readonly kind: 'failed'; readonly reason: string };

const THREAD = join(__dirname, 'build-thread.main.js');

/** Builders of read models on so many cores: each a thread that reads the log and writes its share of the rows. */
export function buildThreads(size: number, addresses: RunAddresses): Crew {
  return {
    size,
    open: ({ projections, purpose, share, onProgress }) => {
      const names = projections.map(({ name }) => name);
      return new BuildThread({ ...addresses, projections: names, purpose, share }, onProgress);
    },
  };
}

class BuildThread implements Builder {
  private worker: Worker | undefined;

  constructor(
    private readonly terms: ThreadTerms,
    private readonly onProgress: (progress: BuildProgress) => void,
  ) {}

  readTo(goal: Goal): Promise<Built> {
    const worker = (this.worker ??= new Worker(THREAD, { workerData: this.terms }));
    return new Promise((resolve, reject) => {
      const onExit = (code: number) =>
        settle(() => reject(new Error(`a thread of the build ended with ${String(code)}`)));
      const onError = (error: unknown) =>
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      const onAnswer = (answer: ThreadAnswer) => {
        if (answer.kind === 'progress') this.onProgress(answer.progress);
        if (answer.kind === 'built') settle(() => resolve(answer.built));
        if (answer.kind === 'failed') settle(() => reject(new Error(answer.reason)));
      };
      const settle = (how: () => void) => {
        worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
        how();
      };
      worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
      worker.postMessage({ goal } satisfies ThreadGoal);
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }
}
