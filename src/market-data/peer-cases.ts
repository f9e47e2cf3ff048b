import { z } from 'zod';
import { CaseFileUnreadable } from './outcome-cases.js';

const peerCase = z.object({
  id: z.string().min(1),
  kind: z.string().min(1),
  side: z.string(),
  params: z.record(z.string(), z.unknown()),
  ticks: z.array(z.record(z.string(), z.unknown())),
  expect: z.record(z.string(), z.unknown()),
  semantics: z.record(z.string(), z.unknown()).default({}),
  note: z.string().optional(),
});

/** A case of another engine. What its parts mean depends on its kind, so they stay open here. */
export type PeerCase = z.infer<typeof peerCase>;
export type PeerTick = PeerCase['ticks'][number];

/** A case that cannot be read stays in the list, so that it is counted as failed and never left out. */
export type PeerEntry =
  | { readonly kind: 'case'; readonly peerCase: PeerCase }
  | { readonly kind: 'unreadable'; readonly id: string; readonly problem: string };

/** Throws CaseFileUnreadable when the file as a whole is no list of cases. */
export function parsePeerCases(text: string): readonly PeerEntry[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new CaseFileUnreadable(`is not JSON: ${String(error)}`);
  }
  if (!Array.isArray(content)) throw new CaseFileUnreadable('must be a list of cases');
  return content.map(parseCase);
}

/** Name of the engine that the case is from: `nautilus` of `nautilus-060`. */
export function engineOf({ id }: PeerCase): string {
  return id.slice(0, id.lastIndexOf('-'));
}

function parseCase(found: unknown, index: number): PeerEntry {
  const parsed = peerCase.safeParse(found);
  if (parsed.success) return { kind: 'case', peerCase: parsed.data };
  const id = z.object({ id: z.string() }).safeParse(found).data?.id ?? `#${index}`;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { kind: 'unreadable', id, problem: problems.join('; ') };
}
