/** What every command carries. */
export interface CommandHead {
  /** Hash of account and idempotency key: the same command sent twice has the same id and the same outcome. */
  readonly commandId: string;
  readonly actor: string;
  /** Says the same for the same request: a command id that comes back with another one was used for something else. */
  readonly requestHash?: string;
}
