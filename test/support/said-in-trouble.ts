import type { OrderTicket } from '../../src/application/ports/broker.port.js';
import type { VenueUnderTest } from '../contract/venue-under-test.js';

// What a venue may repeat of a request, or leave in an error on its way.
const FAULTS = ['lost-after', 'error-after', 'garbled-after', 'refused', 'echoed'] as const;

/** All that a broker says as text, from a venue that fails in many ways, repeats what it was sent, and is gone in the end. */
export async function saidInTrouble(
  venue: Pick<VenueUnderTest, 'broker' | 'failNext'> & {
    readonly server: { close(): Promise<void> };
  },
  ticket: (orderId: string) => OrderTicket,
): Promise<string> {
  const said: unknown[] = [];
  for (const fault of FAULTS) {
    venue.failNext(fault);
    said.push(await venue.broker.submit(ticket(fault)));
  }
  await venue.server.close();
  said.push(await venue.broker.submit(ticket('late')), await venue.broker.positions());
  said.push(await venue.broker.cancel('refused'), await venue.broker.openOrders());
  return JSON.stringify(said);
}
