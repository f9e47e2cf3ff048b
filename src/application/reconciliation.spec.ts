import type { DecimalText } from '../domain/kernel/units.js';
import type { VenueHolding } from '../engine/inputs.js';
import type { PositionsOutcome, VenuePosition } from './ports/broker.port.js';
import { Reconciliation } from './reconciliation.js';

const LTC = 'BINANCE_USDM:LTCUSDT';

function position(quantity: string, more: Partial<VenuePosition> = {}): VenuePosition {
  const exact = { quantity: quantity as DecimalText, entryPrice: '83' as DecimalText };
  return { instrumentId: LTC, book: 'net', ...exact, ...more };
}

class World {
  readonly told: [string, string][] = [];
  readonly unknown: (string | undefined)[] = [];
  undefinedFound: readonly string[] = [];
  held: readonly string[] = [LTC];
  private readonly reconciliation = new Reconciliation({
    heldBy: () => this.held,
    isDefined: (instrumentId) => instrumentId.startsWith('BINANCE'),
    report: ({ book, quantity }: VenueHolding) => void this.told.push([book, quantity]),
    onUnknown: (_account, cause) => void this.unknown.push(cause),
    onUndefined: (_account, found) => void (this.undefinedFound = found),
  });

  async says(outcome: PositionsOutcome | readonly VenuePosition[]): Promise<[string, string][]> {
    const answer = 'kind' in outcome ? outcome : ({ kind: 'known', positions: outcome } as const);
    const broker = { positions: () => Promise.resolve(answer) };
    const account = { accountId: 'a', broker, adopts: true, adoptPlan: undefined };
    await this.reconciliation.check(account);
    return this.told.splice(0);
  }

  /** Two checks, of which the first has no answer yet. */
  async overlapping(): Promise<number> {
    let asked = 0;
    let answer = (_: PositionsOutcome): void => undefined;
    const broker = {
      positions: () => {
        asked += 1;
        return new Promise<PositionsOutcome>((resolve) => (answer = resolve));
      },
    };
    const account = { accountId: 'a', broker, adopts: true, adoptPlan: undefined };
    const first = this.reconciliation.check(account);
    await this.reconciliation.check(account);
    answer({ kind: 'known', positions: [] });
    await first;
    return asked;
  }
}

describe('the position book of a venue', () => {
  it('is believed when it has said the same twice in a row', async () => {
    const world = new World();
    expect(await world.says([position('5')])).toStrictEqual([]);
    expect(await world.says([position('4')])).toStrictEqual([]);
    expect(await world.says([position('4')])).toStrictEqual([['net', '4']]);
  });

  it('that does not name what we hold says that it is flat', async () => {
    const world = new World();
    await world.says([]);
    expect(await world.says([])).toStrictEqual([['net', '0']]);
  });

  it('that cannot be read says nothing, and what it said before counts no more', async () => {
    const world = new World();
    await world.says([position('5')]);
    expect(await world.says({ kind: 'unknown', cause: 'timeout' })).toStrictEqual([]);
    expect(await world.says([position('5')])).toStrictEqual([]);
    expect(world.unknown).toStrictEqual([undefined, 'timeout', undefined]);
  });

  it('with both sides apart is flat on the side that it does not name', async () => {
    const world = new World();
    const short = position('-2', { book: 'short' });
    await world.says([short]);
    expect(await world.says([short])).toStrictEqual([
      ['short', '-2'],
      ['long', '0'],
    ]);
  });

  it('may hold what is no instrument here, which is told and never compared', async () => {
    const world = new World();
    const other = position('1', { instrumentId: 'X:Y' });
    await world.says([other]);
    expect(await world.says([other])).toStrictEqual([['net', '0']]);
    expect(world.undefinedFound).toStrictEqual(['X:Y']);
  });

  it('is not asked again while it has not answered', async () => {
    expect(await new World().overlapping()).toBe(1);
  });
});
