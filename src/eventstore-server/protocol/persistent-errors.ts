import { GrpcError } from './grpc-status.js';

export interface GroupName {
  /** A stream, or `$all`. */
  readonly source: string;
  readonly group: string;
}

export function groupMissing(name: GroupName): GrpcError {
  return groupError(5, name, {
    exception: 'persistent-subscription-does-not-exist',
    says: 'does not exist.',
  });
}

export function groupExists(name: GroupName): GrpcError {
  return groupError(6, name, { exception: 'persistent-subscription-exists', says: 'exists.' });
}

export function groupDropped(name: GroupName): GrpcError {
  return groupError(1, name, {
    exception: 'persistent-subscription-dropped',
    says: 'was dropped.',
  });
}

export function groupFailed(name: GroupName, reason: string): GrpcError {
  const { code, message, trailers } = groupError(13, name, {
    exception: 'persistent-subscription-failed',
    says: `failed: '${reason}'`,
  });
  return new GrpcError(code, message, { ...trailers, reason });
}

export function groupFull({ source, group }: GroupName): GrpcError {
  return new GrpcError(
    9,
    `Maximum subscriptions reached for subscription group ${group} on stream ${source}.`,
    { exception: 'maximum-subscribers-reached', 'stream-name': source, 'group-name': group },
  );
}

function groupError(
  code: number,
  { source, group }: GroupName,
  what: { readonly exception: string; readonly says: string },
): GrpcError {
  const trailers = {
    exception: what.exception,
    'stream-name': source,
    // Not even an empty trailer is sent for a list that names no group.
    ...(group === '' ? {} : { 'group-name': group }),
  };
  return new GrpcError(
    code,
    `Subscription group ${group} on stream ${source} ${what.says}`,
    trailers,
  );
}
