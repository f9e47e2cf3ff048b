import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Peer } from './grpc-server.transport.js';
import { APPEND_OVERHEAD_BYTES_MAX as OVERHEAD_MAX } from './limits.js';
import type { Node } from './node.js';
import {
  parseAppendMessage,
  parseDeleteRequest,
  parseProposedEvent,
  type WriteOptions,
} from './protocol/append-request.parse.js';
import { appendResponse, deleteResponse } from './protocol/append-response.codec.js';
import {
  appendTooLarge,
  commitTimedOut,
  invalidArgument,
  outOfSpace,
  streamDeleted,
  wrongExpectedVersion,
} from './protocol/grpc-status.js';
import type { ProposedEvent } from './protocol/recorded-event.codec.js';
import type { AppendOutcome } from './streams/event-store.js';
import { refuseStreamName } from './streams/stream-name.parse.js';

interface Target {
  readonly stream: string;
  readonly expected: bigint;
}

/** Append: options, then one message per event, then the half-close that makes it happen. */
export function appendHandler(call: GrpcCall, { access }: Peer, node: Node): CallHandler {
  const { appendBytesMax } = node.limits;
  let target: Target | undefined;
  const events: ProposedEvent[] = [];
  let dataBytes = 0;
  let wireBytes = 0;
  return {
    onMessage(message) {
      const parsed = parseAppendMessage(message);
      if (target === undefined) {
        if (parsed.kind !== 'options') throw invalidArgument('the options have to come first');
        target = checkTarget(parsed.options);
        access.check('write', target.stream);
        return;
      }
      if (parsed.kind !== 'event') throw invalidArgument('an event is due behind the options');
      const event = parseProposedEvent(parsed.message);
      dataBytes += event.data.length;
      wireBytes += message.length;
      const isTooLarge = dataBytes > appendBytesMax || wireBytes > appendBytesMax + OVERHEAD_MAX;
      if (isTooLarge) throw appendTooLarge(appendBytesMax);
      events.push(event);
    },
    onHalfClose() {
      if (target === undefined) throw invalidArgument('the call has no options');
      const { stream, expected } = target;
      const isDone = node.commits.watch(() => call.fail(commitTimedOut()));
      node.store.append({ stream, expected, events }, (outcome) => {
        isDone();
        if (outcome.kind === 'stream-deleted') return call.fail(streamDeleted(stream));
        if (outcome.kind === 'out-of-space') return call.fail(outOfSpace(outcome.message));
        call.send(appendResponse(expected, outcome));
        call.end();
      });
    },
    onClosed: () => undefined,
  };
}

type Remove = (stream: string, expected: bigint, done: (outcome: AppendOutcome) => void) => void;

/** Delete and Tombstone: one request, one answer. */
export function deleteHandler(
  call: GrpcCall,
  { access }: Peer,
  node: Pick<Node, 'commits'> & { readonly remove: Remove },
): CallHandler {
  let request: Buffer | undefined;
  return {
    onMessage(message) {
      request = message;
    },
    onHalfClose() {
      const options = request && parseDeleteRequest(request);
      if (options === undefined) throw invalidArgument('the request has no options');
      const { stream, expected } = checkTarget(options);
      access.check('delete', stream);
      const isDone = node.commits.watch(() => call.fail(commitTimedOut()));
      node.remove(stream, expected, (outcome) => {
        isDone();
        if (outcome.kind === 'stream-deleted') return call.fail(streamDeleted(stream));
        if (outcome.kind === 'out-of-space') return call.fail(outOfSpace(outcome.message));
        if (outcome.kind === 'wrong-expected-version') {
          return call.fail(wrongExpectedVersion(stream, expected, outcome.current));
        }
        call.send(deleteResponse(outcome.position));
        call.end();
      });
    },
    onClosed: () => undefined,
  };
}

function checkTarget(options: WriteOptions): Target {
  const { stream, expected } = options;
  if (stream === undefined) throw invalidArgument('no stream is named');
  if (expected === undefined) throw invalidArgument('no expected revision is named');
  const refusal = refuseStreamName(stream);
  if (refusal !== undefined) throw refusal;
  return { stream, expected };
}
