/** Where a step stands: both names together are the same in every process and every run that tells of it. */
export interface StepPlace {
  /** What the trace is about: an order's id, or a command's. */
  readonly trace: string;
  /** Unique in its trace. */
  readonly step: string;
}

/** A step that has ended. */
export interface TracedStep extends StepPlace {
  readonly name: string;
  /** The step that it follows from; undefined begins the trace. */
  readonly after: string | undefined;
  /** Milliseconds since 1970, with fractions. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** What led to it in another trace. */
  readonly cause?: StepPlace | undefined;
  /** Why it did not come to what it was meant for. */
  readonly failure?: string | undefined;
}

/** Takes steps to where traces are looked at. Never throws, never waits: what cannot be taken is lost and told. */
export interface Traces {
  took(step: TracedStep): void;
  close(): Promise<void>;
}
