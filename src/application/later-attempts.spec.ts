import type { DecimalText } from '../domain/kernel/units.js';
import type { OrderStatus } from '../domain/order/order-state.js';
import { LaterAttempts } from './later-attempts.js';
import type { BrokerReport } from '../engine/inputs.js';
import type {
  CancelOutcome,
  FillsOutcome,
  OpenOrdersOutcome,
  VenueBroker,
  VenueLookUp,
  VenueOrderStatus,
} from './ports/broker.port.js';

const EXIT = { orderId: 'S1-0101', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT' };

/** A venue with these orders of ours; what it is asked is noted. */
class Listing {
  readonly asked: string[] = [];
  readonly told: BrokerReport[] = [];
  logged: readonly string[] = [];
  status: OrderStatus = 'filled';
  open: OpenOrdersOutcome = listed();
  filled: FillsOutcome = { kind: 'known', fills: [] };
  cancelled: CancelOutcome = { kind: 'ended' };
  /** One for each look-up, the last for all after it. */
  found: VenueLookUp[] = [];

  attempts(): LaterAttempts {
    return new LaterAttempts({
      brokerOf: () => this as unknown as VenueBroker,
      sinceMs: () => 7,
      orderOf: (orderId) => (this.logged.includes(orderId) ? { status: this.status } : undefined),
      permission: () => {
        this.asked.push('permission');
        return Promise.resolve();
      },
      report: (report) => this.told.push(report),
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

  cancel(orderId: string): Promise<CancelOutcome> {
    this.asked.push(`cancel ${orderId}`);
    return Promise.resolve(this.cancelled);
  }

  lookUpByClientOrderId(orderId: string): Promise<VenueLookUp> {
    this.asked.push(`look up ${orderId}`);
    const [next, ...later] = this.found;
    if (!next) throw new Error(`${orderId} was not to be looked up`);
    if (later.length > 0) this.found = later;
    return Promise.resolve(next);
  }
}

function listed(...ids: (string | undefined)[]): OpenOrdersOutcome {
  return { kind: 'known', orders: ids.map((orderId) => ({ orderId }) as never) };
}

function filled(...ids: string[]): FillsOutcome {
  return { kind: 'known', fills: ids.map((orderId) => ({ orderId }) as never) };
}

function fillOf(venueTradeId: string, quantity: string) {
  const amount = { quantity: quantity as DecimalText, price: '81' as DecimalText };
  const fee = { feeAmount: '0' as DecimalText, feeCurrency: 'USDT', liquidity: 'taker' } as const;
  return { venueTradeId, ...amount, ...fee, filledAtMs: 1 };
}

/** An order of 5 that has filled so much. */
function lookedUp(status: VenueOrderStatus, ...fills: ReturnType<typeof fillOf>[]): VenueLookUp {
  const quantity = '5' as DecimalText;
  return { kind: 'found', status, venueOrderId: 'V1', venueTimeMs: 1, quantity, fills };
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
    venue.logged = ['S1-0203', 'S1-zz02'];
    venue.filled = filled('S1-0101', 'S1-0102');
    const third = { ...EXIT, orderId: 'S1-0103' };
    expect(await venue.attempts().after(third)).toStrictEqual({ kind: 'none' });
  });

  it('are an exit of its stop where a stop is to rest at the venue, unless the log has its end', async () => {
    const venue = new Listing();
    venue.filled = filled('S2-0101', 'S1-0101', 'S1-zz01');
    const resting = { ...EXIT, orderId: 'S1-zz02', insures: true } as const;
    expect(await venue.attempts().after(resting)).toStrictEqual({
      kind: 'fired',
      orderId: 'S1-0101',
    });
    venue.logged = ['S1-0101'];
    venue.status = 'acked';
    expect(await venue.attempts().after(resting)).toMatchObject({ kind: 'fired' });
    venue.status = 'filled';
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

describe('another exit of the stop, which the log does not have', () => {
  it('is taken back, and what it had filled is told, before the exit in hand goes', async () => {
    const venue = new Listing();
    venue.open = listed('S1-0201', 'S1-0301');
    venue.filled = filled('S1-0201', 'S1-0201');
    venue.logged = ['S1-0301'];
    venue.cancelled = { kind: 'cancelled', reason: 'requested' };
    const [first, second] = [fillOf('t1', '1'), fillOf('t2', '2')];
    venue.found = [lookedUp('cancelled', first, second)];
    expect(await venue.attempts().after(EXIT)).toStrictEqual({ kind: 'none' });
    expect(venue.asked.slice(2)).toStrictEqual(['permission', 'cancel S1-0201', 'look up S1-0201']);
    const report = { kind: 'fill', orderId: 'S1-0101', byOrder: 'S1-0201' };
    const told = [first, second].map((fill) => ({ ...report, fill }));
    expect(venue.told).toStrictEqual(told);
  });

  it.each<[string, Partial<Pick<Listing, 'cancelled' | 'found'>>, string]>([
    ['cannot be taken back', { cancelled: { kind: 'unknown', cause: 'timeout' } }, 'timeout'],
    ['cannot be looked up', { found: [{ kind: 'unknown', cause: 'throttled' }] }, 'throttled'],
    ['is denied by the look-up', { found: [{ kind: 'absent' }] }, 'is absent, though'],
    ['is still open', { found: [lookedUp('open')] }, 'is open, not yet'],
    ['lacks a fill', { found: [lookedUp('filled', fillOf('t1', '4'))] }, 'is filled, not yet'],
  ])('keeps the exit in hand waiting while it %s', async (_, answers, cause) => {
    const venue = Object.assign(new Listing(), { filled: filled('S1-0201') }, answers);
    const attempts = venue.attempts();
    const unclear = { kind: 'unknown', cause: expect.stringContaining(cause) as string };
    expect(await attempts.after(EXIT)).toStrictEqual(unclear);
    expect(venue.told).toStrictEqual([]);
    venue.cancelled = { kind: 'ended' };
    venue.found = [lookedUp('filled', fillOf('t1', '4'), fillOf('t2', '1'))];
    expect(await attempts.after(EXIT)).toStrictEqual({ kind: 'none' });
    expect(venue.told).toHaveLength(2);
  });

  it('is left alone where the exit itself has gone on, and where a stop is to rest', async () => {
    const venue = new Listing();
    venue.filled = filled('S1-0201', 'S1-0102');
    const attempts = venue.attempts();
    expect(await attempts.after(EXIT)).toMatchObject({ kind: 'found' });
    const resting = { ...EXIT, orderId: 'S1-zz01', insures: true } as const;
    expect(await attempts.after(resting)).toMatchObject({ kind: 'fired' });
    expect(venue.told).toStrictEqual([]);
  });
});
