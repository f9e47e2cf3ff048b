import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { CaseFileUnreadable } from '../market-data/outcome-cases.js';

/** How one case went; without a failure it passed. */
export interface CaseResult {
  readonly id: string;
  readonly failure: string | undefined;
}

interface ReadableCase {
  readonly kind: 'case';
}

interface UnreadableCase {
  readonly kind: 'unreadable';
  readonly id: string;
  readonly problem: string;
}

/** What a check does with the cases of a file. */
export interface CaseCheck<E extends ReadableCase> {
  readonly usage: string;
  /** Whether `--data DIR` says where the cases' data lie. */
  readonly takesData: boolean;
  readonly parse: (text: string) => readonly (E | UnreadableCase)[];
  readonly idOf: (entry: E) => string;
  /** What tries one case: its first difference, or nothing. */
  readonly begin: (dataDir: string) => (entry: E) => string | undefined;
}

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** One line for the operator; the arguments or the files they name are wrong. */
class BadArguments extends Error {}

/**
 * Says the closing lines and returns the exit code. Without a list every case has to pass; with one exactly those that
 * are on it, so that neither a loss nor a gain goes unnoticed.
 */
export function closeReport(
  results: readonly CaseResult[],
  listed: readonly string[] | undefined,
  say: (line: string) => void,
): number {
  const passed = results.filter(({ failure }) => failure === undefined).map(({ id }) => id);
  const failed = results.length - passed.length;
  const differences = listed === undefined ? [] : listDifferences(passed, listed);
  for (const line of differences) say(line);
  say(`${passed.length} passed, ${failed} failed`);
  const isGood = listed === undefined ? failed === 0 : differences.length === 0;
  return isGood && results.length > 0 ? 0 : EXIT_FAILED;
}

function sayResult({ id, failure }: CaseResult, say: (line: string) => void): void {
  say(failure === undefined ? `PASS ${id}` : `FAIL ${id}: ${failure}`);
}

/** One case that cannot be run is a failed case, not the end of the check. */
function caseResult(id: string, check: () => string | undefined): CaseResult {
  try {
    return { id, failure: check() };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs the cases of the file that the command line names; whatever it throws becomes one line and the exit code. */
export function runCheck<E extends ReadableCase>(name: string, check: CaseCheck<E>): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const { file, list, data } = argumentsOf(check.usage, check.takesData);
    const differenceIn = check.begin(data ?? dirname(file));
    const entries = check.parse(textOf(file));
    const listed = list === undefined ? undefined : idsOf(textOf(list));
    const results = entries.map((entry) => {
      const result =
        entry.kind === 'unreadable'
          ? { id: entry.id, failure: entry.problem }
          : caseResult(check.idOf(entry), () => differenceIn(entry));
      sayResult(result, say);
      return result;
    });
    process.exitCode = closeReport(results, listed, say);
  } catch (error) {
    const line = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const file = error instanceof CaseFileUnreadable ? 'the file ' : '';
    process.stderr.write(`${name}: ${file}${line ?? ''}\n`);
    process.exitCode = EXIT_USAGE;
  }
}

function argumentsOf(usage: string, takesData: boolean) {
  const options = { list: { type: 'string' }, data: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [file, ...more] = positionals;
  const isUnfit = values.data !== undefined && !takesData;
  if (file === undefined || more.length > 0 || isUnfit) throw new BadArguments(`usage: ${usage}`);
  return { ...values, file };
}

/** Throws BadArguments when the file cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadArguments(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Ids of a list file: one a line. */
export function idsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function listDifferences(passed: readonly string[], listed: readonly string[]): readonly string[] {
  const [isPassed, isListed] = [new Set(passed), new Set(listed)];
  return [
    ...listed.filter((id) => !isPassed.has(id)).map((id) => `ON THE LIST BUT FAILED: ${id}`),
    ...passed.filter((id) => !isListed.has(id)).map((id) => `PASSED BUT NOT ON THE LIST: ${id}`),
  ];
}
