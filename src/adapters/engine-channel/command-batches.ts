import type { EngineCommand } from '../../engine/engine-commands.js';
import type { CommandOutcome } from '../../application/ports/engine-gateway.port.js';

/** One line of the answer to a batch: the outcome of the command at that place, as soon as it is known. */
export interface BatchLine {
  readonly at: number;
  readonly outcome: CommandOutcome;
}

/** Sends commands as the texts of one array; hands over the lines of the answer as they come. Rejects when it breaks off. */
export type SendBatch = (
  commands: readonly string[],
  onLine: (line: BatchLine) => void,
) => Promise<void>;

// Far below what the engine reads of one request.
const BATCH_BYTES_MAX = 256 * 1024;

interface Waiting {
  readonly text: string;
  readonly settle: (outcome: CommandOutcome) => void;
}

/**
 * Commands of one turn of the event loop leave together: a request to the engine costs ten times what a command in it does.
 * Nobody waits for anybody: what comes in the next turn leaves in a request of its own, and each outcome is a line of its own.
 */
export class CommandBatches {
  private waiting: Waiting[] = [];

  constructor(
    private readonly send: SendBatch,
    private readonly unavailable: (error: unknown) => CommandOutcome,
  ) {}

  execute(command: EngineCommand): Promise<CommandOutcome> {
    const text = JSON.stringify(command);
    return new Promise((settle) => {
      this.waiting.push({ text, settle });
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const one of all) {
      if (bytes + one.text.length > BATCH_BYTES_MAX && batch.length > 0) {
        void this.leave(batch);
        [batch, bytes] = [[], 0];
      }
      batch.push(one);
      bytes += one.text.length;
    }
    void this.leave(batch);
  }

  private async leave(batch: readonly Waiting[]): Promise<void> {
    let trouble: unknown = new Error('the answer was cut off');
    try {
      const texts = batch.map(({ text }) => text);
      await this.send(texts, ({ at, outcome }) => batch[at]?.settle(outcome));
    } catch (error) {
      trouble = error;
    }
    // Whoever has an outcome keeps it: only the first settles.
    for (const { settle } of batch) settle(this.unavailable(trouble));
  }
}
