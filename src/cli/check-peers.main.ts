import { parseArgs } from 'node:util';
import { CaseFileUnreadable } from '../market-data/outcome-cases.js';
import { parsePeerCases } from '../market-data/peer-cases.js';
import type { PeerEntry } from '../market-data/peer-cases.js';
import { checkPeer } from '../market-data/peer-run.js';
import { BadArguments, closeReport, idsOf, sayResult, textOf } from './case-report.js';
import type { CaseResult } from './case-report.js';

const USAGE = 'check-peers FILE [--list FILE]';
const EXIT_USAGE = 2;

function argumentsOf(argv: readonly string[]): { file: string; list: string | undefined } {
  const options = { list: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new BadArguments(`usage: ${USAGE}`);
  return { file, list: values.list };
}

function resultOf(entry: PeerEntry): CaseResult {
  if (entry.kind === 'unreadable') return { id: entry.id, failure: entry.problem };
  const { id } = entry.peerCase;
  try {
    return { id, failure: checkPeer(entry.peerCase) };
  } catch (error) {
    // One case that cannot be run is a failed case, not the end of the check.
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}

function main(): number {
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  const { file, list } = argumentsOf(process.argv.slice(2));
  const entries = parsePeerCases(textOf(file));
  const listed = list === undefined ? undefined : idsOf(textOf(list));
  const results = entries.map(resultOf);
  for (const result of results) sayResult(result, say);
  return closeReport(results, listed, say);
}

try {
  process.exitCode = main();
} catch (error) {
  const line = error instanceof Error ? error.message.split('\n')[0] : String(error);
  const file = error instanceof CaseFileUnreadable ? 'the file ' : '';
  process.stderr.write(`check-peers: ${file}${line ?? ''}\n`);
  process.exitCode = EXIT_USAGE;
}
