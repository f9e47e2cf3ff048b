/** How a call ends: the code, the text and the trailers that clients build their errors from. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';

  constructor(
    readonly code: number,
    message: string,
    readonly trailers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const GRPC_OK = 0;
export const GRPC_CANCELLED = 1;
export const GRPC_UNKNOWN = 2;
export const GRPC_INVALID_ARGUMENT = 3;
export const GRPC_RESOURCE_EXHAUSTED = 8;
export const GRPC_ABORTED = 10;
export const GRPC_UNIMPLEMENTED = 12;
export const GRPC_INTERNAL = 13;
export const GRPC_UNAVAILABLE = 14;

export function invalidArgument(message: string): GrpcError {
  return new GrpcError(GRPC_INVALID_ARGUMENT, message);
}

export function streamDeleted(stream: string): GrpcError {
  return new GrpcError(9, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });
}

/** The password is wrong or the user unknown: which of both is nobody's business. */
export function unauthenticated(): GrpcError {
  return new GrpcError(16, 'Unauthenticated');
}

export function accessDenied(): GrpcError {
  return new GrpcError(7, 'Access Denied', { exception: 'access-denied' });
}

export function wrongExpectedVersion(stream: string, expected: bigint, current: number): GrpcError {
  return new GrpcError(
    9,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected.toString()}, Actual version: ${current}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': expected.toString(),
      'actual-version': String(current),
    },
  );
}

/** Nothing was written; the same append may succeed later. */
export function outOfSpace(message: string): GrpcError {
  return new GrpcError(GRPC_RESOURCE_EXHAUSTED, message);
}

/** What was given up may still be written: clients have to look before they try again. */
export function commitTimedOut(): GrpcError {
  return new GrpcError(GRPC_ABORTED, 'Operation timed out: CommitTimeout');
}

export function scavengeNotFound(id: string): GrpcError {
  return new GrpcError(5, 'Scavenge id was invalid.', {
    exception: 'scavenge-not-found',
    'scavenge-id': id,
  });
}

export function appendTooLarge(bytesMax: number): GrpcError {
  return new GrpcError(GRPC_INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytesMax),
  });
}

export function metadataPropertyMissing(property: string): GrpcError {
  return new GrpcError(
    GRPC_INVALID_ARGUMENT,
    `Required Metadata Property '${property}' is missing`,
    {
      exception: 'missing-required-metadata-property',
      'required-metadata-properties': 'type,content-type',
    },
  );
}

/** Percent-encodes for `grpc-message`, which clients decode. */
export function encodeMessage(text: string): string {
  return percentEncode(text);
}

/**
 * Makes a value fit for a trailer. Clients drop trailers outside printable ASCII and then fail on the
 * missing name, so such values are percent-encoded as a whole; all others stay as they are.
 */
export function encodeTrailer(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text.slice(0, TRAILER_BYTES_MAX) : percentEncode(text);
}

/** Longer ones would not fit into the header block that clients accept, and cost them the session. */
const TRAILER_BYTES_MAX = 4096;

function percentEncode(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8').subarray(0, TRAILER_BYTES_MAX)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    out += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
