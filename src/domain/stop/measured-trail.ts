export type MeasureKind = 'atr' | 'chandelier' | 'donchian' | 'ema';

/** What a trail measures over bars, whichever it is. */
export interface Measure<Text extends string> {
  readonly kind: MeasureKind;
  readonly period: number;
  readonly interval: string;
  /** How many average ranges; undefined where none is measured. */
  readonly multiple: Text | undefined;
}

interface Ranged<Text extends string> {
  readonly period: number;
  readonly multiple: Text;
  readonly interval: string;
}

interface Barred {
  readonly period: number;
  readonly interval: string;
}

/** A trail that is measured over bars, with its decimals as they were asked for or as they are stored. */
export type MeasuredForm<Text extends string> =
  | { readonly atr: Ranged<Text> }
  | { readonly chandelier: Ranged<Text> }
  | { readonly donchian: Barred }
  | { readonly ema: Barred };

export function measureOf<Text extends string>(trail: MeasuredForm<Text>): Measure<Text> {
  if ('atr' in trail) return { kind: 'atr', ...trail.atr };
  if ('chandelier' in trail) return { kind: 'chandelier', ...trail.chandelier };
  if ('donchian' in trail) return { kind: 'donchian', multiple: undefined, ...trail.donchian };
  return { kind: 'ema', multiple: undefined, ...trail.ema };
}

/** Whether a trail depends on more than the best price: on bars that were seen since the stop asked for them. */
export function isMeasured<Trail extends object>(
  trail: Trail,
): trail is Extract<Trail, MeasuredForm<string>> {
  return 'atr' in trail || 'chandelier' in trail || 'donchian' in trail || 'ema' in trail;
}
