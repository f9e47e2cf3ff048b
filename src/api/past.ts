import { accounts } from '../../projections/accounts/accounts.projection.js';
import { instruments } from '../../projections/instruments/instruments.projection.js';
import { openStops } from '../../projections/open-stops/open-stops.projection.js';
import { orders } from '../../projections/orders/orders.projection.js';
import { positions } from '../../projections/positions/positions.projection.js';
import type { AnyProjection } from '../../projections/projection.js';
import type { EventFeed } from '../application/ports/event-feed.port.js';
import type { Found } from '../application/ports/read-side.port.js';
import type { Fact } from '../domain/facts.js';
import type { Recorded } from '../domain/kernel/event.js';
import type { UnixMs } from '../domain/kernel/units.js';

/** A moment in the past: after a position of the log, or at a time by the clock of the engine. */
export type Moment = (
  | { readonly kind: 'position'; readonly position: bigint }
  | { readonly kind: 'time'; readonly atMs: UnixMs }
) & {
  /** What lies behind this position counts as not there yet. */
  readonly notBehind?: bigint;
};

/** What can be asked for as it was: each is the fold of one stream. */
const FOLDS = {
  stop: openStops,
  order: orders,
  position: positions,
  account: accounts,
  instrument: instruments,
} as const;
export type PastNoun = keyof typeof FOLDS;

interface Fold {
  readonly consumes: Readonly<Record<string, true>>;
  readonly evolve: (
    row: object | undefined,
    recorded: Recorded<Fact>,
    key: string,
    before: () => undefined,
  ) => object | undefined;
}

/** The row of a read model as it was, from the log itself: read models know only how things are. */
export async function rowAt(
  log: Pick<EventFeed, 'readStream'>,
  { noun, id, moment }: { readonly noun: PastNoun; readonly id: string; readonly moment: Moment },
): Promise<Found<object>> {
  const fold = foldOf(noun);
  let row: object | undefined;
  let newest = -1n;
  for (const recorded of await log.readStream(`${noun}-${id}`)) {
    if (!isWithin(moment, recorded)) break;
    newest = recorded.position;
    row = fold.evolve(row, recorded, id);
  }
  const position = moment.kind === 'position' ? moment.position : newest;
  return { item: row, asOfPosition: position.toString() };
}

/** How one fact changes the row; one that does not concern it leaves it as it is. */
export function foldOf(noun: PastNoun) {
  const fold = FOLDS[noun] as unknown as AnyProjection as unknown as Fold;
  return {
    evolve: (row: object | undefined, recorded: Recorded<Fact>, id: string): object | undefined =>
      recorded.event.type in fold.consumes ? fold.evolve(row, recorded, id, () => undefined) : row,
  };
}

/** Positions and times of one stream rise: the first fact that lies behind the moment ends what came before it. */
function isWithin(moment: Moment, { position, event }: Recorded<Fact>): boolean {
  if (moment.notBehind !== undefined && position > moment.notBehind) return false;
  return moment.kind === 'position' ? position <= moment.position : event.data.at <= moment.atMs;
}
