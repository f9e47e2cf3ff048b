import type { DataSource } from 'typeorm';
import type { AnyProjection } from '../../../projections/projection.js';
import type { EventFeed } from '../../application/ports/event-feed.port.js';
import type { BuildShare } from './build-share.js';
import type { BuildProgress, Builder, Built, Goal } from './builder.js';
import { NOTHING_READ } from './checkpoints.js';
import { ShadowFold } from './shadow-fold.js';
import { ShadowTables, shadowsOf } from './shadow-tables.js';
import type { Purpose, Shadow } from './shadow-tables.js';
import type { WriteBehindLimits } from './write-behind.js';

export interface BuildNeeds {
  readonly dataSource: DataSource;
  readonly feed: EventFeed;
  readonly projections: readonly AnyProjection[];
  /** Folder that holds `projections/` with its `*.table.sql` files. */
  readonly rootDir: string;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Of what waits in memory. */
  readonly limits?: WriteBehindLimits;
  /** Builders that work beside each other. Missing: one, in this thread. */
  readonly crew?: Crew;
}

export interface Crew {
  readonly size: number;
  /** Opens a builder of one share, which ends at the first fact that it parks. */
  open(part: CrewPart): Builder;
}

export interface CrewPart {
  readonly projections: readonly AnyProjection[];
  readonly purpose: Purpose;
  readonly share: BuildShare;
  readonly onProgress: (progress: BuildProgress) => void;
}

/** A fact cannot be applied: the tables that serve stay. */
export class BuildFailed extends Error {}

/** Somebody of a crew cannot go on alone. */
class Stopped extends Error {
  constructor(readonly built: Built) {
    super('a share cannot be built by itself');
  }
}

/**
 * Read models that are folded anew from the log, each into a table beside the one that serves.
 *
 * idle ──prepare──► empty ──readTo──► … ──► renamed by whoever needs them, or dropped; closed in the end
 *
 * A crew builds rows beside each other. Where it parks a fact, one builder begins again from the start: what waits behind
 * that fact may be in another's share. Where the database refuses a row, they are filled once more, fact by fact, so that
 * this row alone is parked.
 */
export class ShadowBuild {
  readonly shadows: readonly Shadow[];
  private readonly tables: ShadowTables;
  private builders: readonly Builder[];
  private built: Built = {
    ...{ position: NOTHING_READ, newest: undefined, parked: [], isRefused: false },
  };

  constructor(
    private readonly needs: BuildNeeds,
    private readonly purpose: Purpose,
    private readonly endsAtParked: boolean,
  ) {
    this.shadows = shadowsOf(needs.projections, purpose);
    this.tables = new ShadowTables(needs, this.shadows);
    this.builders = needs.crew ? crewOf(needs, needs.crew, purpose) : [this.alone(false)];
  }

  get position(): bigint {
    return this.built.position;
  }

  get newest(): Built['newest'] {
    return this.built.newest;
  }

  get parkedFacts(): Built['parked'] {
    return this.built.parked;
  }

  async prepare(): Promise<void> {
    await this.tables.prepare();
  }

  async drop(): Promise<void> {
    await this.close();
    await this.tables.drop();
  }

  async close(): Promise<void> {
    await Promise.all(this.builders.map((builder) => builder.close()));
  }

  /** Folds the log from where it stands. Only tables that somebody will ask questions get indexes. */
  async readTo(goal: Goal): Promise<void> {
    let built = await readTogether(this.builders, goal);
    while (built.isRefused || (this.builders.length > 1 && built.parked.length > 0)) {
      await this.beginAgain(built.isRefused);
      built = await readTogether(this.builders, goal);
    }
    this.built = built;
    if (this.purpose === 'rebuild') await this.tables.addIndexes();
  }

  private async beginAgain(isCareful: boolean): Promise<void> {
    await this.close();
    await this.tables.prepare();
    if (isCareful) await this.tables.addIndexes();
    this.builders = [this.alone(isCareful)];
  }

  private alone(isCareful: boolean): Builder {
    const { shadows, endsAtParked, needs } = this;
    const { dataSource, feed, onProgress, limits } = needs;
    return new ShadowFold({
      ...{ dataSource, feed, shadows, isCareful, endsAtParked, onProgress, limits },
    });
  }
}

function crewOf(
  { projections, onProgress }: BuildNeeds,
  crew: Crew,
  purpose: Purpose,
): readonly Builder[] {
  const nothing: BuildProgress = { position: NOTHING_READ, factsRead: 0 };
  const progress = Array.from({ length: crew.size }, () => nothing);
  return progress.map((_, index) => {
    const note = (own: BuildProgress) => {
      progress[index] = own;
      onProgress?.(progress.reduce((a, b) => (a.position < b.position ? a : b)));
    };
    const share = { index, of: crew.size };
    return crew.open({ projections, purpose, share, onProgress: note });
  });
}

/** All to one position: that of the one who has come farthest. */
async function readTogether(builders: readonly Builder[], goal: Goal): Promise<Built> {
  const [only, ...others] = builders;
  if (only && others.length === 0) return only.readTo(goal);
  try {
    const apart = await Promise.all(builders.map((builder) => readAlong(builder, goal)));
    const farthest = apart.reduce((a, b) => (a.position > b.position ? a : b));
    await Promise.all(builders.map((builder) => readAlong(builder, farthest.position)));
    return farthest;
  } catch (error) {
    if (error instanceof Stopped) return error.built;
    throw error;
  }
}

/** Rejects at once where a share stops short: the others need not come to their end. */
async function readAlong(builder: Builder, goal: Goal): Promise<Built> {
  const built = await builder.readTo(goal);
  if (built.isRefused || built.parked.length > 0) throw new Stopped(built);
  return built;
}
