import { accessDenied } from '../protocol/grpc-status.js';
import type { DefaultAcls } from '../streams/default-acls.parse.js';
import type { StreamAction } from '../streams/stream-acl.js';
import { isMetastream } from '../streams/stream-entry.js';
import type { StreamIndex } from '../streams/stream-index.js';
import { ADMINS, type Caller, EVERYBODY, hasRole, isAdmin, OPERATORS } from './caller.js';

const USER_STREAMS: readonly string[] = [EVERYBODY];
const SYSTEM_STREAMS: readonly string[] = [ADMINS];

/** What one caller may do. */
export class Access {
  constructor(
    readonly caller: Caller,
    private readonly index: StreamIndex,
  ) {}

  /** Throws access denied if the caller may not do that with the stream, or with `$all`. */
  check(action: StreamAction, stream: string): void {
    if (!this.allows(action, stream)) throw accessDenied();
  }

  /** Throws access denied for whoever does not run the node. */
  checkOperator(): void {
    const { caller } = this;
    if (!isAdmin(caller) && !hasRole(caller, [OPERATORS])) throw accessDenied();
  }

  get isUnlimited(): boolean {
    return isAdmin(this.caller);
  }

  allows(action: StreamAction, stream: string): boolean {
    const { caller, index } = this;
    if (caller.isAnonymous) return false;
    // Not even an admin may lock out the admins.
    if (isAdmin(caller)) return true;
    if (isMetastream(stream)) return this.allows(metaAction(action), stream.slice(2));
    const own = index.find(stream)?.visibleMetadata.acl;
    const roles = own?.[action] ?? defaultRoles(index.defaultAcls, action, stream);
    return hasRole(caller, roles);
  }
}

/** The metadata of a stream is guarded by rights of the stream. */
function metaAction(action: StreamAction): StreamAction {
  return action === 'read' || action === 'metaRead' ? 'metaRead' : 'metaWrite';
}

function defaultRoles(
  defaults: DefaultAcls,
  action: StreamAction,
  stream: string,
): readonly string[] {
  if (stream.startsWith('$')) return defaults.system?.[action] ?? SYSTEM_STREAMS;
  return defaults.user?.[action] ?? USER_STREAMS;
}
