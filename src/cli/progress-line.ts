interface Progress {
  readonly position: bigint;
  readonly factsRead: number;
}

const SHOW_EVERY_MS = 200;
const BAR_WIDTH = 24;

/** Tells how far long work is: a bar that moves on a terminal, a line now and then elsewhere, JSON for machines. */
export class ProgressLine {
  private readonly startedMs = performance.now();
  private shownMs = 0;

  constructor(
    private readonly name: string,
    private readonly goal: bigint,
    private readonly style: { readonly isJson: boolean },
  ) {}

  readonly show = ({ position, factsRead }: Progress): void => {
    const now = performance.now();
    const everyMs = process.stderr.isTTY ? SHOW_EVERY_MS : SHOW_EVERY_MS * 10;
    if (now - this.shownMs < everyMs) return;
    this.shownMs = now;
    const part = this.goal <= 0n ? 1 : Math.min(1, Number(position) / Number(this.goal));
    const seconds = (now - this.startedMs) / 1_000;
    const rate = Math.round(factsRead / seconds);
    const etaSeconds = part > 0 ? Math.round((seconds * (1 - part)) / part) : undefined;
    if (this.style.isJson) {
      this.write('', { name: this.name, event: 'progress', part, factsRead, rate, etaSeconds });
      return;
    }
    const filled = Math.round(part * BAR_WIDTH);
    const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}`;
    const percent = `${Math.floor(part * 100).toString()} %`;
    const line = `${this.name.padEnd(18)} [${bar}] ${percent} ${factsRead.toString()} facts, ${rate.toString()}/s, ${etaSeconds === undefined ? '?' : etaSeconds.toString()} s left`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`);
  };

  /** Of one of those that were worked on. */
  end(name: string, result: object): void {
    const seconds = (performance.now() - this.startedMs) / 1_000;
    if (!this.style.isJson && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    const words = Object.entries(result)
      .filter(([, value]) => !Array.isArray(value) || value.length > 0)
      .map(
        ([key, value]) =>
          `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
      );
    this.write(`${name.padEnd(18)} ${words.join(', ')}, ${seconds.toFixed(1)} s`, {
      name,
      event: 'done',
      seconds,
      ...result,
    });
  }

  private write(line: string, document: object): void {
    const text = this.style.isJson ? JSON.stringify(document) : line;
    process.stdout.write(`${text}\n`);
  }
}
