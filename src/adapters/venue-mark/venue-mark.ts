import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * At which book of its venue, or in whose name there, an account trades, kept beside what it trades: another book of the
 * same venue (its testnet, another product, another owner's) knows nothing of that, and would show the account flat.
 */
export class VenueMark {
  constructor(private readonly path: string) {}

  /** Undefined where none was kept. */
  read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8').trim() || undefined;
    } catch {
      return undefined;
    }
  }

  /** Where it cannot be kept the account trades on without: a mark must not keep an exit back. */
  keep(book: string): void {
    try {
      writeFileSync(`${this.path}.new`, `${book}\n`);
      renameSync(`${this.path}.new`, this.path);
    } catch {
      // A full disk is told by whatever else cannot write.
    }
  }
}
