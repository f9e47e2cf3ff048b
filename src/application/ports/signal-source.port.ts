/** What a signal may ask for. */
export type SignalAction = 'buy' | 'sell' | 'close' | 'cancelEntries';

/** Where signals come from, and what their fields mean. */
export interface SignalSource {
  readonly id: string;
  /** The only account that its signals may act for. */
  readonly accountId: string;
  /** What bodies are signed with; undefined: a token is needed. */
  readonly secret: string | undefined;
  readonly maxAgeMs: number;
  readonly fields: {
    readonly action: string;
    readonly symbol: string;
    readonly time: string;
    readonly id?: string | undefined;
    readonly quantity?: string | undefined;
    readonly price?: string | undefined;
  };
  readonly actions: Readonly<Record<string, SignalAction>>;
  readonly instruments: Readonly<Record<string, string>>;
  /** Where the signal names none. */
  readonly quantity: string | undefined;
  /** Guards every position that a signal opens. */
  readonly plan: Readonly<Record<string, unknown>> | undefined;
}
