import { parsePeerCases } from '../market-data/peer-cases.js';
import { checkPeer } from '../market-data/peer-run.js';
import { runCheck } from './case-report.js';

runCheck('check-peers', {
  usage: 'check-peers FILE [--list FILE]',
  takesData: false,
  parse: parsePeerCases,
  idOf: ({ peerCase }) => peerCase.id,
  begin:
    () =>
    ({ peerCase }) =>
      checkPeer(peerCase),
});
