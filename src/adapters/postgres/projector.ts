import type { AnyProjection } from '../../../projections/projection.js';
import type { ProjectionStatus, ProjectorStatus } from '../../application/ports/read-side.port.js';
import { lockCheckpoints } from './checkpoints.js';
import type { Positions } from './checkpoints.js';
import { ProjectionGroup } from './projection-group.js';
import type { GroupNeeds } from './projection-group.js';
import { prepareSchema } from './read-model-schema.js';
import { inTransaction } from './transaction.js';

export type ProjectorNeeds = GroupNeeds;

/**
 * Keeps the read models up to date. Those that stand behind (a new one, a raised version) read by themselves, so that
 * the others stay live however long that takes; at the next start all stand at the same place and share one reading.
 */
export class Projector {
  private groups: readonly { group: ProjectionGroup; projections: readonly AnyProjection[] }[] = [];

  constructor(private readonly needs: ProjectorNeeds) {}

  /** Throws `SchemaTooNew`, and whatever keeps the database from being prepared. */
  async start(): Promise<void> {
    const { dataSource, projections, rootDir } = this.needs;
    await prepareSchema(dataSource, projections, rootDir);
    const { positions } = await inTransaction(dataSource, (runner) =>
      lockCheckpoints(runner, projections),
    );
    this.groups = grouped(projections, positions).map((together) => ({
      projections: together,
      group: new ProjectionGroup({ ...this.needs, projections: together }),
    }));
    for (const { group } of this.groups) await group.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.groups.map(({ group }) => group.close()));
  }

  status(): ProjectorStatus {
    const models = this.groups.flatMap(({ group, projections }) => {
      const { parkedIn, ...status } = group.status();
      return projections.map(({ name }) => ({ name, ...status, parked: parkedIn(name) }));
    });
    const lowest = models.reduce((low, each) => (each.position < low.position ? each : low));
    const groups = this.groups.map(({ group }) => group.status());
    return {
      position: lowest.position.toString(),
      caughtUp: groups.every(({ caughtUp }) => caughtUp),
      trouble: groups.find(({ trouble }) => trouble !== null)?.trouble ?? null,
      factsApplied: groups.reduce((sum, each) => sum + each.factsApplied, 0),
      parked: models.reduce((sum, each) => sum + each.parked, 0) + (groups[0]?.parkedIn('') ?? 0),
      models: models.map(
        ({ name, position, caughtUp, newestRecordedAt, parked }): ProjectionStatus => ({
          name,
          position: position.toString(),
          lagMs: caughtUp || newestRecordedAt === undefined ? 0 : lagSince(newestRecordedAt),
          parked,
        }),
      ),
    };
  }

  /** Resolves with false when the position was not reached in time. */
  async whenAt(position: bigint, timeoutMs: number): Promise<boolean> {
    const arrived = await Promise.all(
      this.groups.map(({ group }) => group.whenAt(position, timeoutMs)),
    );
    return arrived.every(Boolean);
  }
}

function lagSince(recordedAt: number): number {
  return Math.max(0, Date.now() - recordedAt);
}

/** Those that stand farthest, and those behind. */
function grouped(
  projections: readonly AnyProjection[],
  positions: Positions,
): readonly (readonly AnyProjection[])[] {
  const farthest = [...positions.values()].reduce((high, each) => (each > high ? each : high));
  const isLive = ({ name }: AnyProjection) => positions.get(name) === farthest;
  return [projections.filter(isLive), projections.filter((each) => !isLive(each))].filter(
    (group) => group.length > 0,
  );
}
