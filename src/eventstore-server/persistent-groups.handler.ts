import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Peer } from './grpc-server.transport.js';
import { invalidArgument } from './protocol/grpc-status.js';
import { groupFailed, groupMissing } from './protocol/persistent-errors.js';
import {
  parseDeleteGroup,
  parseGetInfo,
  parseGroupDefinition,
  parseList,
  parseReplay,
} from './protocol/persistent-request.parse.js';
import { groupInfoResponse, groupListResponse } from './protocol/persistent-response.codec.js';
import { infoOf } from './persistent/group-info.js';
import type { GroupRegistry } from './persistent/group-registry.js';

type Answer = (response: Buffer) => void;
/** A request, on behalf of whom. */
interface Request {
  readonly message: Buffer;
  readonly by: string;
}
type GroupMethod = (
  groups: GroupRegistry,
  request: Request,
  answer: Answer,
) => void | Promise<void>;

const NOTHING = Buffer.alloc(0);

/** The calls that manage groups, by name: one request, one answer. */
export const GROUP_METHODS: Readonly<Record<string, GroupMethod>> = {
  Create(groups, { message, by }, answer) {
    groups.create(parseGroupDefinition(message), by, () => answer(NOTHING));
  },
  async Update(groups, { message, by }, answer) {
    await groups.update(parseGroupDefinition(message), by, () => answer(NOTHING));
  },
  Delete(groups, { message, by }, answer) {
    groups.delete(parseDeleteGroup(message), by, () => answer(NOTHING));
  },
  GetInfo(groups, { message }, answer) {
    answer(groupInfoResponse(infoOf(groups.get(parseGetInfo(message)))));
  },
  ReplayParked(groups, { message }, answer) {
    const { stopAt, ...name } = parseReplay(message);
    const group = groups.get(name);
    if (stopAt !== undefined && stopAt < 0n) {
      throw groupFailed(name, 'Cannot stop replaying parked message at a negative version.');
    }
    group.replayParked(stopAt === undefined ? Infinity : Number(stopAt));
    answer(NOTHING);
  },
  List(groups, { message }, answer) {
    const source = parseList(message);
    const all = groups.list();
    const found = all.filter(
      ({ definition }) => source === undefined || definition.source === source,
    );
    if (source !== undefined && found.length === 0) throw groupMissing({ source, group: '' });
    answer(groupListResponse(found.map(infoOf)));
  },
  async RestartSubsystem(groups, _request, answer) {
    await groups.restart();
    answer(NOTHING);
  },
};

export function groupHandler(
  call: GrpcCall,
  { access }: Peer,
  { groups, method }: { readonly groups: GroupRegistry; readonly method: GroupMethod },
): CallHandler {
  let message: Buffer | undefined;
  const answer = (response: Buffer): void => {
    call.send(response);
    call.end();
  };
  const rethrow = (error: unknown): void =>
    call.guard(() => {
      throw error;
    });
  return {
    onMessage(received) {
      message = received;
    },
    onHalfClose() {
      if (message === undefined) throw invalidArgument('the call has no request');
      access.checkOperator();
      const request = { message, by: access.caller.name };
      Promise.resolve(method(groups, request, answer)).catch(rethrow);
    },
    onClosed: () => undefined,
  };
}
