import { decodeFact, encodeFact } from '../../codecs/fact.codec.js';
import type { Decision } from '../../engine/decisions.js';

/** Decisions of one stream as the spool keeps them: facts in their stored form, so that a later build reads them, too. */
export function encodeDecisions(decisions: readonly Decision[]): Buffer {
  const plain = decisions.map((decision) => ({ ...decision, fact: encodeFact(decision.fact) }));
  return Buffer.from(JSON.stringify(plain), 'utf8');
}

interface Plain extends Omit<Decision, 'fact'> {
  readonly fact: { readonly type: string; readonly version: number; readonly data: unknown };
}

/** Throws an error that names the fact which no codec understands. */
export function decodeDecisions(payload: Buffer): readonly Decision[] {
  const plain = JSON.parse(payload.toString('utf8')) as readonly Plain[];
  return plain.map((one) => {
    const { type, version, data } = one.fact;
    const decoded = decodeFact(type, version, data);
    if (decoded.kind === 'fact') return { ...one, fact: decoded.fact };
    throw new Error(`spooled ${type} for ${one.streamId}: ${decoded.reason}`);
  });
}
