/** What a venue's no to an order means for the next try. */
export type RefusalKind =
  /** Nothing is wrong with the order: the venue was busy, or the price had moved. It may be asked again after a while. */
  | 'passing'
  /** Nothing of the instrument trades now: closed, halted, in auction, under maintenance. */
  | 'halted'
  /** Its price, or the price that the market is at, lies outside of what the venue takes now. */
  | 'price-band'
  /** More than the account has, or may take from its position. */
  | 'insufficient'
  /** As it is it will never be taken. */
  | 'final'
  /** The venue's words are not known to us. */
  | 'unclassified';

const KINDS: ReadonlySet<string> = new Set<RefusalKind>([
  'passing',
  'halted',
  'price-band',
  'insufficient',
  'final',
  'unclassified',
]);

export function isRefusalKind(word: string): word is RefusalKind {
  return KINDS.has(word);
}

/** Reads a refusal by the first pattern that its words fit. */
export function refusalByWords(
  words: string,
  patterns: readonly (readonly [RegExp, RefusalKind])[],
): RefusalKind {
  return patterns.find(([pattern]) => pattern.test(words))?.[1] ?? 'unclassified';
}
