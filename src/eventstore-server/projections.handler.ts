import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Peer } from './grpc-server.transport.js';
import { GRPC_UNIMPLEMENTED, GrpcError, invalidArgument } from './protocol/grpc-status.js';
import { WireReader } from './protocol/wire.codec.js';

const NOTHING = Buffer.alloc(0);
/** What the original fills by projections, this node keeps as indexes: they are never off. */
const ALWAYS_ON = new Set(['$by_category', '$by_event_type', '$by_correlation_id', '$streams']);

/** Projections.Enable, for programs that turn on the built-in ones before they read their streams. */
export function enableProjectionHandler(call: GrpcCall, { access }: Peer): CallHandler {
  let request: Buffer | undefined;
  return {
    onMessage(message) {
      request = message;
    },
    onHalfClose() {
      if (request === undefined) throw invalidArgument('the call has no request');
      access.checkOperator();
      const name = parseEnableRequest(request);
      if (!ALWAYS_ON.has(name)) {
        throw new GrpcError(GRPC_UNIMPLEMENTED, `This node runs no projection '${name}'.`);
      }
      call.send(NOTHING);
      call.end();
    },
    onClosed: () => undefined,
  };
}

function parseEnableRequest(message: Buffer): string {
  const reader = new WireReader(message);
  let name = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = nameIn(reader.message());
    else reader.skip();
  }
  return name;
}

function nameIn(reader: WireReader): string {
  let name = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.string();
    else reader.skip();
  }
  return name;
}
