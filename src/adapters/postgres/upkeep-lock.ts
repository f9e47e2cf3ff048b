import type { DataSource } from 'typeorm';
import { BuildFailed } from './shadow-build.js';

/**
 * Does the work while nobody else does the same to this database: two builds would fill the same tables. Held by a
 * connection of its own, so that a process that dies lets go of it. Throws `BuildFailed` where another is at it.
 */
export async function alone<T>(
  dataSource: DataSource,
  purpose: 'rebuild' | 'verify',
  work: () => Promise<T>,
): Promise<T> {
  const key = `hashtextextended('stopledger ${purpose}', 0)`;
  const runner = dataSource.createQueryRunner();
  try {
    const [taken] = (await runner.query(`select pg_try_advisory_lock(${key}) as yes`)) as {
      yes: boolean;
    }[];
    if (taken?.yes !== true) {
      throw new BuildFailed(
        `another ${purpose} is under way: nothing was changed, try again later`,
      );
    }
    try {
      return await work();
    } finally {
      await runner.query(`select pg_advisory_unlock(${key})`).catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
}
