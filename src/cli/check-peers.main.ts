import { parseArgs } from 'node:util';
import { parsePeerCases } from '../market-data/peer-cases.js';
import type { PeerEntry } from '../market-data/peer-cases.js';
import { checkPeer } from '../market-data/peer-run.js';
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

const USAGE = 'check-peers FILE [--list FILE]';

function argumentsOf(argv: readonly string[]): { file: string; list: string | undefined } {
  const options = { list: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new BadArguments(`usage: ${USAGE}`);
  return { file, list: values.list };
}

function resultOf(entry: PeerEntry): CaseResult {
  if (entry.kind === 'unreadable') return { id: entry.id, failure: entry.problem };
  return caseResult(entry.peerCase.id, () => checkPeer(entry.peerCase));
}

runCheck('check-peers', (argv, say) => {
  const { file, list } = argumentsOf(argv);
  const entries = parsePeerCases(textOf(file));
  const listed = list === undefined ? undefined : idsOf(textOf(list));
  const results = entries.map(resultOf);
  for (const result of results) sayResult(result, say);
  return closeReport(results, listed, say);
});
