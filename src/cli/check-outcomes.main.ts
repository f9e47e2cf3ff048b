import { join } from 'node:path';
import { parseOutcomeCases } from '../market-data/outcome-cases.js';
import { checkOutcome } from '../market-data/outcome-run.js';
import { Recording } from '../market-data/recorded-trades.js';
import { runCheck } from './case-report.js';

/** Keeps the newest recording: cases over the same file follow each other. */
class Recordings {
  private path = '';
  private newest: Recording | undefined;

  constructor(private readonly dir: string) {}

  read(file: string): Recording {
    const path = join(this.dir, file);
    if (!this.newest || path !== this.path) {
      this.newest = undefined;
      this.newest = Recording.read(path);
      this.path = path;
    }
    return this.newest;
  }
}

runCheck('check-outcomes', {
  usage: 'check-outcomes FILE [--data DIR] [--list FILE]',
  takesData: true,
  parse: parseOutcomeCases,
  idOf: ({ outcomeCase }) => outcomeCase.id,
  begin: (dataDir) => {
    const recordings = new Recordings(dataDir);
    return ({ outcomeCase }) => checkOutcome(outcomeCase, recordings.read(outcomeCase.file));
  },
});
