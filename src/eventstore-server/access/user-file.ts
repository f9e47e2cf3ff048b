import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hashPassword } from './password.js';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  /** As `hashPassword` makes it. */
  readonly password: string;
}

const NAME = /^[\w.@-]{1,100}$/;
const OWNER_ONLY = 0o600;

/** Throws an Error with one line for the operator. */
export function readUserFile(path: string): User[] {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the user file ${path}: ${messageOf(error)}`, { cause: error });
  }
  const users = (document as { users?: unknown } | null)?.users;
  if (!Array.isArray(users) || !users.every(isUser)) {
    throw new Error(`${path} is no user file: each user has a name, groups and a password hash`);
  }
  return users;
}

/** Adds or replaces a user. The file appears as a whole or not at all. */
export async function writeUser(
  path: string,
  { name, groups, password }: User,
  isNew: boolean,
): Promise<void> {
  if (!NAME.test(name)) throw new Error(`'${name}' is no user name: letters, digits and . _ @ -`);
  if (password === '') throw new Error('the password must not be empty');
  const others = isNew ? [] : readUserFile(path).filter((user) => user.name !== name);
  const users = [...others, { name, groups, password: await hashPassword(password) }];
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify({ users }, undefined, 2)}\n`, { mode: OWNER_ONLY });
  chmodSync(draft, OWNER_ONLY);
  renameSync(draft, path);
}

function isUser(value: unknown): value is User {
  if (typeof value !== 'object' || value === null) return false;
  const { name, groups, password } = value as Partial<User>;
  const areGroups = Array.isArray(groups) && groups.every((group) => typeof group === 'string');
  return typeof name === 'string' && areGroups && typeof password === 'string';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
