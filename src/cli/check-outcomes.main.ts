import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CaseFileUnreadable, parseOutcomeCases } from '../market-data/outcome-cases.js';
import type { CaseEntry } from '../market-data/outcome-cases.js';
import { checkOutcome } from '../market-data/outcome-run.js';
import { Recording } from '../market-data/recorded-trades.js';
import { BadArguments, closeReport, idsOf, sayResult, textOf } from './case-report.js';
import type { CaseResult } from './case-report.js';

const USAGE = 'check-outcomes FILE [--data DIR] [--list FILE]';
const EXIT_USAGE = 2;

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
  const { id } = outcomeCase;
  try {
    return { id, failure: checkOutcome(outcomeCase, recordings.read(outcomeCase.file)) };
  } catch (error) {
    // One case that cannot be run is a failed case, not the end of the check.
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}

function main(): number {
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  const { file, dataDir, list } = argumentsOf(process.argv.slice(2));
  const entries = parseOutcomeCases(textOf(file));
  const listed = list === undefined ? undefined : idsOf(textOf(list));
  const recordings = new Recordings(dataDir);
  const results = entries.map((entry) => {
    const result = resultOf(entry, recordings);
    sayResult(result, say);
    return result;
  });
  return closeReport(results, listed, say);
}

try {
  process.exitCode = main();
} catch (error) {
  const line = error instanceof Error ? error.message.split('\n')[0] : String(error);
  const file = error instanceof CaseFileUnreadable ? 'the file ' : '';
  process.stderr.write(`check-outcomes: ${file}${line ?? ''}\n`);
  process.exitCode = EXIT_USAGE;
}
