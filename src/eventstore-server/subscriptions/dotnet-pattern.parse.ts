/** A pattern as JavaScript writes it, or what of it only .NET knows. */
export type ParsedPattern =
  | { readonly kind: 'pattern'; readonly text: string; readonly hasClassOfUnicode: boolean }
  | { readonly kind: 'unknown'; readonly construct: string };

/** Anchors and controls that JavaScript would take for plain letters. A match is always sought from the start. */
const OUTSIDE: Readonly<Record<string, string>> = {
  A: '^',
  G: '^',
  z: '$',
  Z: '(?=\\n?$)',
};
const ANYWHERE: Readonly<Record<string, string>> = { a: '\\x07', e: '\\x1b' };
/** Letters and digits behind a backslash that mean the same in both. */
const SHARED_ESCAPES = /^[bBdDsSwWnrtvfcxukpP0-9]$/;
/** All that may be escaped under the flag `u`. */
const SYNTAX = /^[\^$\\.*+?()[\]{}|/]$/;

/**
 * Rewrites a pattern for .NET, as clients of the real server send it. What JavaScript would read as something
 * else is translated or named, never passed on: a filter that silently matches nothing looks like an idle store.
 */
export function parseDotnetPattern(source: string): ParsedPattern {
  let text = '';
  let isInClass = false;
  let hasClassOfUnicode = false;
  for (let at = 0; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === '\\' && at + 1 < source.length) {
      const escape = String.fromCodePoint(source.codePointAt(at + 1) ?? 0);
      const translated = escapeOf(escape, isInClass);
      if (translated === undefined) return { kind: 'unknown', construct: `\\${escape}` };
      if (escape === 'p' || escape === 'P') hasClassOfUnicode = true;
      text += translated;
      at += escape.length;
    } else if (!isInClass && char === '[') {
      isInClass = true;
      const opening = /^\[\^?\]?/.exec(source.slice(at))?.[0] ?? char;
      // A bracket that comes first is a member; in JavaScript the class would end there.
      text += opening.replace(']', '\\]');
      at += opening.length - 1;
    } else if (isInClass && char === '-' && source.charAt(at + 1) === '[') {
      return { kind: 'unknown', construct: '-[' };
    } else if (char === ']') {
      text += isInClass ? ']' : '\\]';
      isInClass = false;
    } else text += char;
  }
  return { kind: 'pattern', text, hasClassOfUnicode };
}

function escapeOf(escape: string, isInClass: boolean): string | undefined {
  const translated = ANYWHERE[escape] ?? (isInClass ? undefined : OUTSIDE[escape]);
  if (translated !== undefined) return translated;
  if (SHARED_ESCAPES.test(escape) || SYNTAX.test(escape)) return `\\${escape}`;
  if (/^[A-Za-z]$/.test(escape)) return undefined;
  // Without its backslash it is the same, and valid under the flag `u`; a dash in a class would make a range.
  return escape === '-' && isInClass ? '\\-' : escape;
}
