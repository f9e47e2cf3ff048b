import { randomUUID } from 'node:crypto';
import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import { parseUuid, writeStructuredUuid } from './protocol/uuid.codec.js';
import { WireWriter } from './protocol/wire.codec.js';

export interface ServedService {
  /** Full name in lower case: clients compare it so. */
  readonly service: string;
  readonly methods: readonly { readonly name: string; readonly features: readonly string[] }[];
}

/** Clients read the version for display only; what they may use is in the features. */
const VERSION_TEXT = '24.10.4';
const LEADER = 8;
const TICKS_PER_MS = 10_000;

/** Answers one request with one message that needs nothing of the request. */
export function answerWith(call: GrpcCall, build: () => Buffer): CallHandler {
  return {
    onMessage: () => undefined,
    onHalfClose: () => {
      call.send(build());
      call.end();
    },
    onClosed: () => undefined,
  };
}

export function supportedMethods(services: readonly ServedService[]): Buffer {
  const writer = new WireWriter(1024);
  for (const { service, methods } of services) {
    for (const { name, features } of methods) {
      writer.message(1, (method) => {
        method.string(1, name).string(2, service);
        for (const feature of features) method.string(3, feature);
      });
    }
  }
  return writer.string(2, VERSION_TEXT).finish();
}

/** A cluster of this node alone, at the address where the client reached it. */
export function clusterInfo(address: string, port: number): Buffer {
  return new WireWriter()
    .message(1, (member) =>
      member
        .message(1, (id) => writeStructuredUuid(id, INSTANCE))
        .uint(2, Date.now() * TICKS_PER_MS)
        .uint(3, LEADER)
        .bool(4, true)
        .message(5, (endPoint) => endPoint.string(1, address).uint(2, port)),
    )
    .finish();
}

/** A new one each start, as clients tell restarted nodes apart by it. */
const INSTANCE = newInstanceId();

function newInstanceId(): NonNullable<ReturnType<typeof parseUuid>> {
  const uuid = parseUuid(randomUUID());
  if (uuid === undefined) throw new Error('Invariant: randomUUID returns a uuid');
  return uuid;
}
