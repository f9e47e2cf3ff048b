import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Peer } from './grpc-server.transport.js';
import type { Node } from './node.js';
import { invalidArgument } from './protocol/grpc-status.js';
import { groupFull } from './protocol/persistent-errors.js';
import { type JoinRequest, parseConsumerMessage } from './protocol/persistent-read.parse.js';
import { subscriptionConfirmation } from './protocol/persistent-response.codec.js';
import { Consumer } from './persistent/consumer.js';
import type { Group, NackAction } from './persistent/group.js';

/** By the number of the action; whatever else a client sends is retried. */
const ACTIONS: Readonly<Record<number, NackAction>> = { 1: 'park', 3: 'skip', 4: 'skip' };

interface Membership {
  readonly group: Group;
  readonly consumer: Consumer;
  readonly giveBack: () => void;
}

/** PersistentSubscriptions.Read: the client joins a group, gets events and answers them, all in one call. */
export function persistentReadHandler(
  call: GrpcCall,
  { from, access }: Peer,
  { groups, subscriptions }: Node,
): CallHandler {
  let member: Membership | undefined;
  const join = (request: JoinRequest): Membership => {
    access.check('read', request.source);
    const group = groups.get(request);
    if (group.isFull) throw groupFull(request);
    const giveBack = subscriptions.take();
    const consumer = new Consumer(call, {
      window: request.window,
      structuredIds: request.structuredIds,
      connectionName: String(call.headers['connection-name'] ?? ''),
      userName: access.caller.name,
      from,
    });
    call.send(subscriptionConfirmation(group.key));
    group.join(consumer);
    return { group, consumer, giveBack };
  };
  return {
    onMessage(message) {
      const parsed = parseConsumerMessage(message);
      if (member === undefined) {
        if (parsed.kind !== 'join') throw invalidArgument('the options have to come first');
        member = join(parsed.request);
      } else if (parsed.kind === 'ack') member.group.ack(parsed.ids);
      else if (parsed.kind === 'nack') {
        member.group.nack(parsed.ids, ACTIONS[parsed.action] ?? 'retry', parsed.reason);
      }
    },
    onHalfClose() {
      if (member === undefined) throw invalidArgument('the call has no options');
      call.end();
    },
    onClosed() {
      member?.giveBack();
      member?.group.leave(member.consumer);
    },
  };
}
