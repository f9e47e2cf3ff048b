import type { EngineLagged } from '../domain/engine-run/engine-run.events.js';
import type { Fact } from '../domain/facts.js';
import type { Decision } from '../engine/decisions.js';
import { priceWords } from './alarms/price-words.js';

/** One line for people about a decision that is durable, or undefined where a line would say nothing to a trader. */
export function narrate({ fact }: Decision): string | undefined {
  const words = wordsFor(fact);
  return words === undefined ? undefined : `${fact.type.padEnd(20)} ${words}`;
}

function wordsFor(fact: Fact): string | undefined {
  switch (fact.type) {
    case 'StopArmed': {
      const { stopId, side, quantity, instrumentId, track } = fact.data;
      return `${stopId} ${side} ${quantity} ${instrumentId} level ${track.level ?? 'at the first price'}`;
    }
    case 'StopActivated':
    case 'StopTrailed':
      return `${fact.data.stopId} level ${fact.data.track.level ?? '-'} best ${fact.data.track.extreme ?? '-'}`;
    case 'StopTargetHit':
      return `${fact.data.stopId} target ${fact.data.targetPrice} at ${fact.data.cause.price}`;
    case 'StopTriggered': {
      const { stopId, branch, cause, track } = fact.data;
      return `${stopId} ${branch} at ${cause?.price ?? '-'}, level ${track.level ?? '-'}, trade ${cause?.tradeId ?? '-'}`;
    }
    case 'StopMovedToBreakEven':
      return `${fact.data.stopId} break-even, level ${fact.data.track.level ?? '-'}`;
    case 'StopSuspended':
      return `${fact.data.stopId} suspended: what it guards is unprotected`;
    case 'StopResumed':
      return `${fact.data.stopId} level ${fact.data.track.level ?? '-'}`;
    case 'StopExitHeld':
      return `${fact.data.stopId} ${fact.data.quantity} waits: ${fact.data.reason}`;
    case 'StopExitReleased':
      return `${fact.data.stopId} ${fact.data.quantity} goes on: ${fact.data.reason}`;
    case 'StopExpired':
    case 'StopAmended':
    case 'StopCancelled':
      return fact.data.stopId;
    case 'StopClosed':
      return `${fact.data.stopId} filled ${fact.data.exitQuantity}, unfilled ${fact.data.unfilledQuantity}`;
    case 'OrderPlaced':
      return `${fact.data.orderId} ${fact.data.side} ${fact.data.quantity} ${fact.data.instrumentId} ${fact.data.type}`;
    case 'OrderAcked':
      return `${fact.data.orderId} venue order ${fact.data.venueOrderId}`;
    case 'OrderFilled':
    case 'OrderPartiallyFilled':
      return `${fact.data.orderId} ${fact.data.quantity} at ${fact.data.price}`;
    case 'OrderRejected':
      return `${fact.data.orderId} refused: ${fact.data.reason} (${fact.data.venueText})`;
    case 'OrderUnknown':
      return `${fact.data.orderId} unclear: ${fact.data.unclear}; looking it up`;
    case 'PositionOpened':
      return `${fact.data.positionId} ${fact.data.side} ${fact.data.quantity} ${fact.data.instrumentId} at ${fact.data.entryPrice}`;
    case 'PositionReduced':
    case 'PositionClosed':
      return `${fact.data.positionId} at ${fact.data.price}, realised P&L ${fact.data.realisedPnl} ${fact.data.quoteCurrency}`;
    case 'FeedConnected':
      return `${fact.data.feed} ${fact.data.url}${fact.data.recorded === null ? '' : ` RECORDED: ${fact.data.recorded}`}`;
    case 'FeedLost':
      return `${fact.data.feed} ${fact.data.reason}`;
    case 'FeedStale':
      return `${fact.data.feed} shows no ${priceWords(fact.data.priceKind)} of ${fact.data.instrumentId} for ${fact.data.silentMs} ms`;
    case 'FeedRecovered':
      return `${fact.data.feed} ${priceWords(fact.data.priceKind)} of ${fact.data.instrumentId} after ${fact.data.silentMs} ms`;
    case 'FeedFailedOver':
      return `${fact.data.instrumentId} from ${fact.data.feed} to ${fact.data.to}: ${fact.data.reason}`;
    case 'EngineRecovered': {
      const { eventsRead, stopsOpen, ordersResumed, tapeInputsReplayed, snapshot } = fact.data;
      const from = snapshot?.outcome === 'used' ? ` behind the snapshot (${snapshot.detail})` : '';
      return `${eventsRead} events read${from}, ${stopsOpen} stops guarded, ${ordersResumed} orders looked up, ${tapeInputsReplayed} taped inputs done again`;
    }
    case 'EngineLagged':
      return lagWords(fact.data);
    case 'EngineStarted':
      return `epoch ${fact.data.input.epoch}`;
    default:
      return undefined;
  }
}

function lagWords({ isLagging, queued, recordIntervalMs }: EngineLagged['data']): string {
  if (!isLagging) return 'the log has caught up';
  return `the log is ${queued} decisions behind: moves are recorded every ${recordIntervalMs} ms`;
}
