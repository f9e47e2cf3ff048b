import type { Refused, SubmitOutcome } from '../../application/ports/broker.port.js';
import type { RefusalKind } from '../../domain/order/refusal.js';
import { parseReply } from './mt5.parse.js';
import { unknown } from './mt5.transport.js';
import type { Answer } from './mt5.transport.js';
import { meansNothingLive, meansTaken, refusalOf } from './trade-codes.js';

/** What became of an order by the answer to it. */
export function outcomeOf(answer: Answer, nowMs: number): SubmitOutcome {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'said') {
    return refused('unclassified', `${answer.status} ${answer.message}`);
  }
  const reply = parseReply(answer.body);
  if (!reply) return unknown('trade: unreadable answer');
  const { numericCode, stringCode, message, orderId } = reply;
  if (meansTaken(numericCode) && orderId !== undefined) {
    return { kind: 'acknowledged', venueOrderId: orderId, venueTimeMs: nowMs };
  }
  const said = `${numericCode} ${stringCode} ${message}`;
  if (!meansNothingLive(numericCode)) return unknown(`trade: ${said}`);
  return refused(refusalOf(numericCode), said);
}

function refused(refusal: RefusalKind, venueText: string): Refused {
  return { kind: 'refused', refusal, venueText };
}
