import { ANY, NO_STREAM, STREAM_EXISTS } from '../streams/expected-version.js';
import type { AppendOutcome } from '../streams/event-store.js';
import { WireWriter } from './wire.codec.js';

/** Why one batch of a BatchAppend call was not written; the detail clients tell their errors by. */
export type BatchFailure =
  | { readonly kind: 'bad-request'; readonly message: string }
  | { readonly kind: 'out-of-space'; readonly message: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'access-denied' }
  | { readonly kind: 'too-large'; readonly bytesMax: number };

export interface BatchAddress {
  readonly correlation: Buffer | undefined;
  readonly stream: string | undefined;
}

interface StatusDetail {
  readonly code: number;
  readonly type: string;
  readonly message?: string;
  readonly fill: (detail: WireWriter) => void;
}

type Answered = Exclude<AppendOutcome, { kind: 'out-of-space' }>;
type Success = Extract<AppendOutcome, { kind: 'success' }>;
type Refusal = Exclude<Answered, { kind: 'success' }>;

export function batchOutcome(
  address: BatchAddress,
  expected: bigint,
  outcome: AppendOutcome,
): Buffer {
  if (outcome.kind === 'out-of-space') {
    return batchFailure(address, { kind: 'out-of-space', message: outcome.message });
  }
  if (outcome.kind !== 'success')
    return batchError(address, refusalDetail(expected, outcome, address));
  const writer = new WireWriter(160);
  if (address.correlation !== undefined) writer.bytes(1, address.correlation);
  writer.message(3, (success) => writeSuccess(success, outcome));
  return writeIdentifier(writer, 4, address.stream).finish();
}

export function batchFailure(address: BatchAddress, failure: BatchFailure): Buffer {
  return batchError(address, failureDetail(failure));
}

/** AppendResp of a client-streaming append. A deleted stream is a failed call, not a message. */
export function appendResponse(
  expected: bigint,
  outcome: Exclude<Answered, { kind: 'stream-deleted' }>,
): Buffer {
  const writer = new WireWriter();
  if (outcome.kind === 'success') {
    return writer.message(1, (success) => writeSuccess(success, outcome)).finish();
  }
  return writer
    .message(2, (wrong) => {
      // Clients before 20.10 read the first five fields, all others the last six.
      if (outcome.current < 0) wrong.empty(2);
      else wrong.uintAlways(1, outcome.current);
      writeExpectedOfOldClients(wrong, expected);
      if (outcome.current < 0) wrong.empty(7);
      else wrong.uintAlways(6, outcome.current);
      writeExpected(wrong, expected, { revision: 8, any: 9, streamExists: 10, noStream: 11 });
    })
    .finish();
}

/** DeleteResp and TombstoneResp. */
export function deleteResponse(position: number | undefined): Buffer {
  const writer = new WireWriter(32);
  if (position === undefined) return writer.empty(2).finish();
  return writer.message(1, (body) => body.uint(1, position).uint(2, position)).finish();
}

function writeSuccess(writer: WireWriter, outcome: Success): void {
  if (outcome.revision < 0) writer.empty(2);
  else writer.uintAlways(1, outcome.revision);
  const { position } = outcome;
  if (position === undefined) writer.empty(4);
  else writer.message(3, (body) => body.uint(1, position).uint(2, position));
}

function batchError(address: BatchAddress, detail: StatusDetail): Buffer {
  const writer = new WireWriter(256);
  if (address.correlation !== undefined) writer.bytes(1, address.correlation);
  writer.message(2, (status) =>
    status
      .uint(1, detail.code)
      .string(2, detail.message ?? detail.type)
      .message(3, (any) =>
        any
          .string(1, `type.googleapis.com/event_store.client.${detail.type}`)
          .message(2, detail.fill),
      ),
  );
  return writeIdentifier(writer, 4, address.stream).finish();
}

function refusalDetail(expected: bigint, outcome: Refusal, address: BatchAddress): StatusDetail {
  if (outcome.kind === 'stream-deleted') {
    const fill = (detail: WireWriter): void => void writeIdentifier(detail, 1, address.stream);
    return { code: 5, type: 'StreamDeleted', fill };
  }
  return {
    code: 6,
    type: 'WrongExpectedVersion',
    fill: (detail) => {
      if (outcome.current < 0) detail.empty(2);
      else detail.uintAlways(1, outcome.current);
      writeExpected(detail, expected, { revision: 3, any: 4, streamExists: 5, noStream: 6 });
    },
  };
}

function failureDetail(failure: BatchFailure): StatusDetail {
  const nothing = (): void => undefined;
  switch (failure.kind) {
    case 'bad-request': {
      const { message } = failure;
      return { code: 3, type: 'BadRequest', fill: (detail) => void detail.string(1, message) };
    }
    case 'out-of-space': {
      // No detail stands for it: clients then show the message.
      const { message } = failure;
      const fill = (detail: WireWriter): void => void detail.string(1, message);
      return { code: 8, type: 'BadRequest', message, fill };
    }
    case 'timeout':
      return { code: 4, type: 'Timeout', fill: nothing };
    case 'access-denied':
      return { code: 7, type: 'AccessDenied', fill: nothing };
    case 'too-large': {
      const fill = (detail: WireWriter): void => void detail.uint(1, failure.bytesMax);
      return { code: 3, type: 'MaximumAppendSizeExceeded', fill };
    }
  }
}

function writeIdentifier(
  writer: WireWriter,
  field: number,
  stream: string | undefined,
): WireWriter {
  if (stream === undefined) return writer;
  return writer.message(field, (identifier) => identifier.string(3, stream));
}

interface ExpectedFields {
  readonly revision: number;
  readonly any: number;
  readonly streamExists: number;
  readonly noStream: number;
}

function writeExpected(writer: WireWriter, expected: bigint, fields: ExpectedFields): void {
  if (expected === ANY) writer.empty(fields.any);
  else if (expected === STREAM_EXISTS) writer.empty(fields.streamExists);
  else if (expected === NO_STREAM) writer.empty(fields.noStream);
  else writer.uintAlways(fields.revision, expected);
}

function writeExpectedOfOldClients(writer: WireWriter, expected: bigint): void {
  if (expected === ANY) writer.empty(4);
  else if (expected === STREAM_EXISTS) writer.empty(5);
  // No stream is the revision -1 to them, as an unsigned number.
  else writer.uintAlways(3, BigInt.asUintN(64, expected));
}
