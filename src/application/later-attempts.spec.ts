import { LaterAttempts } from './later-attempts.js';
import type { FillsOutcome, OpenOrdersOutcome, VenueBroker } from './ports/broker.port.js';

const EXIT = { orderId: 'S1-0101', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT' };

/** A venue with these orders of ours; what it is asked is noted. */
class Listing {
  readonly asked: string[] = [];
  logged: readonly string[] = [];
  open: OpenOrdersOutcome = listed();
  filled: FillsOutcome = { kind: 'known', fills: [] };

  attempts(): LaterAttempts {
    return new LaterAttempts({
      brokerOf: () => this as unknown as VenueBroker,
      sinceMs: () => 7,
      isLogged: (orderId) => this.logged.includes(orderId),
    });
  }

  openOrders(): Promise<OpenOrdersOutcome> {
    this.asked.push('open orders');
    return Promise.resolve(this.open);
  }

  fills(instrumentId: string, sinceMs: number): Promise<FillsOutcome> {
    this.asked.push(`fills of ${instrumentId} since ${sinceMs}`);
    return Promise.resolve(this.filled);
  }
}

function listed(...ids: (string | undefined)[]): OpenOrdersOutcome {
  return { kind: 'known', orders: ids.map((orderId) => ({ orderId }) as never) };
}

function filled(...ids: string[]): FillsOutcome {
  return { kind: 'known', fills: ids.map((orderId) => ({ orderId }) as never) };
}

describe('attempts that another engine has gone on to', () => {
  it('are found while they rest, and when they have filled', async () => {
    const venue = new Listing();
    venue.open = listed(undefined, 'S1-0103');
    expect(await venue.attempts().after(EXIT)).toStrictEqual({ kind: 'found', orderId: 'S1-0103' });
    venue.open = listed();
    venue.filled = filled('S1-010a');
    expect(await venue.attempts().after(EXIT)).toStrictEqual({ kind: 'found', orderId: 'S1-010a' });
  });

  it('are none of another exit, of another stop, nor the attempt itself or one before it', async () => {
    const venue = new Listing();
    venue.open = listed('S1-0203', 'S2-0103', 'S1-zz02');
    venue.filled = filled('S1-0101', 'S1-0102');
    const third = { ...EXIT, orderId: 'S1-0103' };
    expect(await venue.attempts().after(third)).toStrictEqual({ kind: 'none' });
  });

  it('are an exit of its stop where a stop is to rest at the venue, unless the log has that exit', async () => {
    const venue = new Listing();
    venue.filled = filled('S2-0101', 'S1-0101', 'S1-zz01');
    const resting = { ...EXIT, orderId: 'S1-zz02', insures: true } as const;
    expect(await venue.attempts().after(resting)).toStrictEqual({
      kind: 'fired',
      orderId: 'S1-0101',
    });
    venue.logged = ['S1-0101'];
    expect(await venue.attempts().after(resting)).toStrictEqual({ kind: 'none' });
    venue.open = listed('S1-zz03');
    expect(await venue.attempts().after(resting)).toStrictEqual({
      kind: 'found',
      orderId: 'S1-zz03',
    });
  });

  it('are listed once for all exits of an instrument, and again where a list could not be read', async () => {
    const venue = new Listing();
    const attempts = venue.attempts();
    venue.filled = { kind: 'unknown', cause: 'timeout' };
    expect(await attempts.after(EXIT)).toStrictEqual({ kind: 'unknown', cause: 'timeout' });
    venue.filled = filled('S2-0102');
    const second = { ...EXIT, orderId: 'S2-0101' };
    const both = await Promise.all([attempts.after(EXIT), attempts.after(second)]);
    expect(both).toStrictEqual([{ kind: 'none' }, { kind: 'found', orderId: 'S2-0102' }]);
    const reading = ['open orders', 'fills of BINANCE:LTCUSDT since 7'];
    expect(venue.asked).toStrictEqual([...reading, ...reading]);
  });
});
