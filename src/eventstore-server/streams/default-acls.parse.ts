import { aclOf, isAcl, type StreamAcl } from './stream-acl.js';
import { parseObject } from './stream-metadata.parse.js';

/** Whose last event holds the rights of all streams that have none of their own. */
export const SETTINGS_STREAM = '$settings';

export interface DefaultAcls {
  readonly user?: StreamAcl | undefined;
  readonly system?: StreamAcl | undefined;
}

/** What cannot be read says nothing: the built-in defaults then hold. */
export function parseDefaultAcls(data: Buffer): DefaultAcls {
  const document = parseObject(data.toString('utf8')) ?? {};
  const user = document['$userStreamAcl'];
  const system = document['$systemStreamAcl'];
  if (!isAcl(user) || !isAcl(system)) return {};
  return { user: aclOf(user), system: aclOf(system) };
}
