import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseOutcomeCases } from '../market-data/outcome-cases.js';
import type { CaseEntry } from '../market-data/outcome-cases.js';
import { checkOutcome } from '../market-data/outcome-run.js';
import { Recording } from '../market-data/recorded-trades.js';
import {
  BadArguments,
  caseResult,
  closeReport,
  idsOf,
  runCheck,
  sayResult,
  textOf,
} from './case-report.js';
import type { CaseResult } from './case-report.js';

const USAGE = 'check-outcomes FILE [--data DIR] [--list FILE]';

interface Arguments {
  readonly file: string;
  readonly dataDir: string;
  readonly list: string | undefined;
}

function argumentsOf(argv: readonly string[]): Arguments {
  const options = { data: { type: 'string' }, list: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new BadArguments(`usage: ${USAGE}`);
  return { file, dataDir: values.data ?? dirname(file), list: values.list };
}

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

function resultOf(entry: CaseEntry, recordings: Recordings): CaseResult {
  if (entry.kind === 'unreadable') return { id: entry.id, failure: entry.problem };
  const { outcomeCase } = entry;
  return caseResult(outcomeCase.id, () =>
    checkOutcome(outcomeCase, recordings.read(outcomeCase.file)),
  );
}

runCheck('check-outcomes', (argv, say) => {
  const { file, dataDir, list } = argumentsOf(argv);
  const entries = parseOutcomeCases(textOf(file));
  const listed = list === undefined ? undefined : idsOf(textOf(list));
  const recordings = new Recordings(dataDir);
  const results = entries.map((entry) => {
    const result = resultOf(entry, recordings);
    sayResult(result, say);
    return result;
  });
  return closeReport(results, listed, say);
});
