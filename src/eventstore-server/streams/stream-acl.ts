/** What a caller wants to do with a stream. */
export type StreamAction = 'read' | 'write' | 'delete' | 'metaRead' | 'metaWrite';

/** Who may do what, by name or group. What is not said is left to the default. */
export type StreamAcl = Readonly<Partial<Record<StreamAction, readonly string[]>>>;

const KEYS: Readonly<Record<string, StreamAction>> = {
  $r: 'read',
  $w: 'write',
  $d: 'delete',
  $mr: 'metaRead',
  $mw: 'metaWrite',
};

/** Of a document that was found well-formed. */
export function aclOf(value: unknown): StreamAcl | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const acl: Partial<Record<StreamAction, readonly string[]>> = {};
  for (const [key, roles] of Object.entries(value)) {
    const action = KEYS[key];
    if (action === undefined) continue;
    acl[action] = typeof roles === 'string' ? [roles] : (roles as string[]);
  }
  return acl;
}

/** Whether the value may stand as `$acl`: known keys, each with a name or a list of names. */
export function isAcl(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([key, roles]) => key in KEYS && (typeof roles === 'string' || isTextList(roles)),
  );
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
