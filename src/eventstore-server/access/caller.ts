export const ADMINS = '$admins';
export const OPERATORS = '$ops';
/** The role of everybody who has an account. */
export const EVERYBODY = '$all';

/** On whose behalf a call is made. */
export interface Caller {
  readonly name: string;
  readonly groups: readonly string[];
  /** Nobody knows who it is: may do nothing that asks for a right. */
  readonly isAnonymous: boolean;
}

/** Every caller of a node without TLS, where nobody can be told apart. */
export const SYSTEM: Caller = { name: 'system', groups: [ADMINS], isAnonymous: false };

export const ANONYMOUS: Caller = { name: '', groups: [], isAnonymous: true };

export function isAdmin({ groups }: Caller): boolean {
  return groups.includes(ADMINS);
}

/** Whether the caller is one of those a list of names and groups means. */
export function hasRole(caller: Caller, roles: readonly string[]): boolean {
  if (caller.isAnonymous) return false;
  return roles.some(
    (role) => role === EVERYBODY || role === caller.name || caller.groups.includes(role),
  );
}
