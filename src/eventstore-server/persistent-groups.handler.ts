import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
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
type GroupMethod = (groups: GroupRegistry, request: Buffer, answer: Answer) => void | Promise<void>;

const NOTHING = Buffer.alloc(0);
const INSECURE_USER = 'system';

/** The calls that manage groups, by name: one request, one answer. */
export const GROUP_METHODS: Readonly<Record<string, GroupMethod>> = {
  Create(groups, request, answer) {
    groups.create(parseGroupDefinition(request), INSECURE_USER, () => answer(NOTHING));
  },
  async Update(groups, request, answer) {
    await groups.update(parseGroupDefinition(request), INSECURE_USER, () => answer(NOTHING));
  },
  Delete(groups, request, answer) {
    groups.delete(parseDeleteGroup(request), INSECURE_USER, () => answer(NOTHING));
  },
  GetInfo(groups, request, answer) {
    answer(groupInfoResponse(infoOf(groups.get(parseGetInfo(request)))));
  },
  ReplayParked(groups, request, answer) {
    const { stopAt, ...name } = parseReplay(request);
    const group = groups.get(name);
    if (stopAt !== undefined && stopAt < 0n) {
      throw groupFailed(name, 'Cannot stop replaying parked message at a negative version.');
    }
    group.replayParked(stopAt === undefined ? Infinity : Number(stopAt));
    answer(NOTHING);
  },
  List(groups, request, answer) {
    const source = parseList(request);
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
  groups: GroupRegistry,
  method: GroupMethod,
): CallHandler {
  let request: Buffer | undefined;
  const answer = (response: Buffer): void => {
    call.send(response);
    call.end();
  };
  const rethrow = (error: unknown): void =>
    call.guard(() => {
      throw error;
    });
  return {
    onMessage(message) {
      request = message;
    },
    onHalfClose() {
      if (request === undefined) throw invalidArgument('the call has no request');
      Promise.resolve(method(groups, request, answer)).catch(rethrow);
    },
    onClosed: () => undefined,
  };
}
