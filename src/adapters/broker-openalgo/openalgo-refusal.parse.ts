import { refusalByWords } from '../../domain/order/refusal.js';
import type { RefusalKind } from '../../domain/order/refusal.js';

// OpenAlgo hands on what the broker behind it says, and every broker says it in its own words.
const BY_WORDS: readonly (readonly [RegExp, RefusalKind])[] = [
  [/circuit|price band|price range|execution range|\bLPP\b|\bDPR\b/i, 'price-band'],
  [
    /market.{0,20}(closed|not open)|closed for|(outside|after) (market|trading) hours|\bAMO\b/i,
    'halted',
  ],
  [/suspended|halted|auction|pre-?open|logged off|maintenance|exchange.{0,20}not/i, 'halted'],
  [/insufficient|not enough|margin|short ?fall|no (open )?(position|holding)/i, 'insufficient'],
  [/rate limit|too many|try again|temporar|throttl|busy/i, 'passing'],
  [/invalid|not allowed|not permitted|not supported|blocked|banned|tick|lot size|freeze/i, 'final'],
];

export function openAlgoRefusal(words: string): RefusalKind {
  return refusalByWords(words, BY_WORDS);
}
