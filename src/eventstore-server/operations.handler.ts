import type { CallHandler, GrpcCall } from './grpc-call.transport.js';
import type { Peer } from './grpc-server.transport.js';
import { measures, type TrafficCounts } from './metrics.js';
import type { Node } from './node.js';
import { invalidArgument } from './protocol/grpc-status.js';
import {
  parseScavengeStart,
  parseScavengeStop,
  type ScavengeAnswer,
  scavengeResponse,
} from './protocol/scavenge.codec.js';
import { WireReader, WireWriter } from './protocol/wire.codec.js';
import type { Scavenges } from './scavenges.js';

const NOTHING = Buffer.alloc(0);
const PERIOD_MIN_MS = 100;
const PERIOD_MAX_MS = 24 * 60 * 60 * 1000;

/** Operations without a request worth reading: done, then answered. For administrators and operators. */
export function operationHandler(
  call: GrpcCall,
  { access }: Peer,
  operate: () => void | Promise<void>,
): CallHandler {
  return {
    onMessage: () => undefined,
    onHalfClose() {
      access.checkOperator();
      Promise.resolve(operate()).then(
        () => {
          call.send(NOTHING);
          call.end();
        },
        (error: unknown) =>
          call.guard(() => {
            throw error;
          }),
      );
    },
    onClosed: () => undefined,
  };
}

/** StartScavenge: answered when it has begun, or with the one that is under way. */
export function startScavengeHandler(
  call: GrpcCall,
  { access }: Peer,
  scavenges: Scavenges,
): CallHandler {
  return requestHandler(call, access, (request) => {
    const { startFromChunk } = parseScavengeStart(request);
    return scavenges.start(startFromChunk);
  });
}

/** StopScavenge: what the running one has done so far stays done. */
export function stopScavengeHandler(
  call: GrpcCall,
  { access }: Peer,
  scavenges: Scavenges,
): CallHandler {
  return requestHandler(call, access, (request) => scavenges.stop(parseScavengeStop(request)));
}

function requestHandler(
  call: GrpcCall,
  access: Peer['access'],
  answer: (request: Buffer) => ScavengeAnswer,
): CallHandler {
  let request: Buffer = NOTHING;
  return {
    onMessage: (message) => void (request = message),
    onHalfClose() {
      access.checkOperator();
      call.send(scavengeResponse(answer(request)));
      call.end();
    },
    onClosed: () => undefined,
  };
}

/** Monitoring.Stats: what the node counts, at once and then every so often until the call ends. */
export function statsHandler(
  call: GrpcCall,
  { access }: Peer,
  { node, traffic }: { readonly node: Node; readonly traffic: () => TrafficCounts },
): CallHandler {
  let timer: NodeJS.Timeout | undefined;
  return {
    onMessage(message) {
      if (timer !== undefined) return;
      access.checkOperator();
      const periodMs = Math.min(Math.max(parsePeriodMs(message), PERIOD_MIN_MS), PERIOD_MAX_MS);
      const tell = (): void => {
        if (!call.isBackedUp) call.send(statsResponse(node, traffic())); // The next ones are as good.
      };
      timer = setInterval(tell, periodMs);
      tell();
    },
    onHalfClose() {
      if (timer === undefined) throw invalidArgument('the call has no request');
    },
    onClosed: () => clearInterval(timer),
  };
}

function parsePeriodMs(message: Buffer): number {
  const reader = new WireReader(message);
  let period = 0n;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 4) period = reader.uint64Exact();
    else reader.skip();
  }
  return Number(period);
}

function statsResponse(node: Node, traffic: TrafficCounts): Buffer {
  const writer = new WireWriter(1024);
  for (const [name, [, , value]] of Object.entries(measures(node, traffic))) {
    writer.message(1, (entry) => entry.string(1, `es-${name}`).string(2, String(value)));
  }
  return writer.finish();
}
