/** What the parent tells of its children: one that dies or hangs protects nothing, and somebody must know. */
export interface ProcessWatch {
  ended(name: string, how: string, againInMs: number): void;
  /** It lives but has not moved for so long: it is about to be ended by force. */
  frozen(name: string, silentMs: number): void;
  runningAgain(name: string): void;
  close(): Promise<void>;
}
