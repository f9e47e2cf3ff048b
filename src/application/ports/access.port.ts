/** What a caller may do. `admin` may everything; `trade` may also read. */
export type Scope = 'read' | 'trade' | 'admin';

export const SCOPES: readonly Scope[] = ['read', 'trade', 'admin'];

/** Who calls, and what they were given. */
export interface Grant {
  /** Stands as the actor in every event that the caller causes. */
  readonly actor: string;
  /** What is counted when calls are limited; undefined: not limited. */
  readonly limitedAs: string | undefined;
  readonly scopes: ReadonlySet<Scope>;
  readonly accounts: 'all' | ReadonlySet<string>;
}

/** Knows tokens. Never throws for whatever text a caller sends as one. */
export interface AccessTokens {
  /** Undefined: no such token, or it was revoked. */
  grantOf(token: string): Grant | undefined;
}

/** Whoever reaches a server on loopback that was asked to take everybody at their word. */
export const LOCAL_GRANT: Grant = {
  actor: 'api',
  limitedAs: undefined,
  scopes: new Set<Scope>(['admin']),
  accounts: 'all',
};

export function may({ scopes }: Grant, scope: Scope): boolean {
  return scopes.has('admin') || scopes.has(scope) || (scope === 'read' && scopes.has('trade'));
}

export function mayUse({ scopes, accounts }: Grant, accountId: string): boolean {
  return scopes.has('admin') || accounts === 'all' || accounts.has(accountId);
}
