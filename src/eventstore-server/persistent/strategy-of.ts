import type { ConsumerStrategy } from './consumer-strategy.js';
import { PinnedStrategy } from './pinned-strategy.js';
import { TurnStrategy } from './turn-strategy.js';

export function strategyOf(name: string): ConsumerStrategy {
  switch (name) {
    case 'DispatchToSingle':
      return new TurnStrategy((isSent) => !isSent);
    case 'Pinned':
      return new PinnedStrategy('stream');
    case 'PinnedByCorrelation':
      return new PinnedStrategy('correlation');
    default:
      return new TurnStrategy(() => true);
  }
}
