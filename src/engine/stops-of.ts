import type { PositionId, StopId } from '../domain/kernel/units.js';
import type { PositionTable } from './position-table.js';
import type { StopTable } from './stop-table.js';

/** Which stops a position has had, in the order of arming. */
export class StopsOf {
  /** Of positions that no table knows: their history could not be folded. */
  private readonly strays = new Map<PositionId, StopId[]>();

  constructor(
    private readonly positions: PositionTable,
    private readonly stops: StopTable,
  ) {}

  get(positionId: PositionId): readonly StopId[] | undefined {
    const stray = this.strays.get(positionId);
    const row = this.positions.rowOf(positionId);
    const kept = row < 0 ? [] : this.stops.idsOf(row);
    if (stray) return [...stray, ...kept];
    return kept.length === 0 ? undefined : kept;
  }

  add(positionId: PositionId, stopId: StopId): void {
    const row = this.positions.rowOf(positionId);
    if (row >= 0 && this.stops.has(stopId)) {
      this.stops.join(stopId, row);
      return;
    }
    const stray = this.strays.get(positionId);
    if (stray) stray.push(stopId);
    else this.strays.set(positionId, [stopId]);
  }

  strayEntries(): Iterable<readonly [PositionId, readonly StopId[]]> {
    return this.strays;
  }

  addStrays(positionId: PositionId, stopIds: readonly StopId[]): void {
    this.strays.set(positionId, [...stopIds]);
  }

  *entries(): Generator<readonly [PositionId, readonly StopId[]]> {
    const ids = new Set([...this.strays.keys(), ...this.positions.keys()]);
    for (const positionId of ids) {
      const stopIds = this.get(positionId);
      if (stopIds) yield [positionId, stopIds];
    }
  }
}
