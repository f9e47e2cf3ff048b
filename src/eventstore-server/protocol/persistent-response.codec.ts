import type { ResolvedEvent } from './read-response.codec.js';
import { withStructuredId } from './recorded-event.codec.js';
import { WireWriter } from './wire.codec.js';

/** Everything that a group says of itself. Counts and sizes as clients spell them, places as text. */
export interface GroupInfo {
  readonly eventSource: string;
  readonly groupName: string;
  readonly status: string;
  readonly connections: readonly ConnectionInfo[];
  readonly averagePerSecond: number;
  readonly totalItems: number;
  readonly countSinceLastMeasurement: number;
  readonly lastCheckpointed: string | undefined;
  readonly lastKnown: string | undefined;
  readonly resolveLinks: boolean;
  readonly startFrom: string;
  readonly messageTimeoutMs: number;
  readonly extraStatistics: boolean;
  readonly maxRetryCount: number;
  readonly liveBufferSize: number;
  readonly historyBufferSize: number;
  readonly readBatchSize: number;
  readonly checkpointAfterMs: number;
  readonly checkpointCountMin: number;
  readonly checkpointCountMax: number;
  readonly readBufferCount: number;
  readonly liveBufferCount: number;
  readonly retryBufferCount: number;
  readonly inFlightCount: number;
  readonly outstandingCount: number;
  readonly strategy: string;
  readonly subscriberCountMax: number;
  readonly parkedCount: number;
}

export interface ConnectionInfo {
  readonly from: string;
  readonly userName: string;
  readonly averagePerSecond: number;
  readonly totalItems: number;
  readonly countSinceLastMeasurement: number;
  readonly measurements: readonly (readonly [string, number])[];
  readonly availableSlots: number;
  readonly inFlightCount: number;
  readonly connectionName: string;
}

export function subscriptionConfirmation(id: string): Buffer {
  return new WireWriter().message(2, (body) => body.string(1, id)).finish();
}

/** ReadResp with an event. A link and its target both carry the position of the link. */
export function persistentEvent(
  { event, link, position }: ResolvedEvent,
  form: { readonly retryCount: number; readonly structuredIds: boolean },
): Buffer {
  const shown = (message: Buffer): Buffer =>
    form.structuredIds ? withStructuredId(message) : message;
  const size = (event?.length ?? 0) + (link?.length ?? 0);
  return new WireWriter(size + 64)
    .message(1, (body) => {
      if (event !== undefined) {
        body.message(1, (record) => {
          record.raw(shown(event));
          // Of a field that is there twice, readers take the last.
          if (link !== undefined) record.uintAlways(4, position).uintAlways(5, position);
        });
      }
      if (link !== undefined) body.bytes(2, shown(link));
      body.uintAlways(3, position).uintAlways(5, form.retryCount);
    })
    .finish();
}

export function groupInfoResponse(info: GroupInfo): Buffer {
  return new WireWriter(512).message(1, (body) => writeInfo(body, info)).finish();
}

export function groupListResponse(infos: readonly GroupInfo[]): Buffer {
  const writer = new WireWriter(512);
  for (const info of infos) writer.message(1, (body) => writeInfo(body, info));
  return writer.finish();
}

function writeInfo(body: WireWriter, info: GroupInfo): void {
  text(body, 1, info.eventSource);
  text(body, 2, info.groupName);
  text(body, 3, info.status);
  for (const connection of info.connections) {
    body.message(4, (part) => writeConnection(part, connection));
  }
  body.uint(5, info.averagePerSecond).uint(6, info.totalItems);
  body.uint(7, info.countSinceLastMeasurement);
  text(body, 8, info.lastCheckpointed ?? '');
  text(body, 9, info.lastKnown ?? '');
  body.bool(10, info.resolveLinks);
  text(body, 11, info.startFrom);
  body.uint(12, info.messageTimeoutMs).bool(13, info.extraStatistics);
  body.uint(14, info.maxRetryCount).uint(15, info.liveBufferSize).uint(16, info.historyBufferSize);
  body.uint(17, info.readBatchSize).uint(18, info.checkpointAfterMs);
  body.uint(19, info.checkpointCountMin).uint(20, info.checkpointCountMax);
  body.uint(21, info.readBufferCount).uint(22, info.liveBufferCount);
  body.uint(23, info.retryBufferCount).uint(24, info.inFlightCount);
  body.uint(25, info.outstandingCount);
  text(body, 26, info.strategy);
  body.uint(27, info.subscriberCountMax).uint(28, info.parkedCount);
}

function writeConnection(body: WireWriter, connection: ConnectionInfo): void {
  text(body, 1, connection.from);
  text(body, 2, connection.userName);
  body.uint(3, connection.averagePerSecond).uint(4, connection.totalItems);
  body.uint(5, connection.countSinceLastMeasurement);
  for (const [key, value] of connection.measurements) {
    body.message(6, (part) => part.string(1, key).uint(2, value));
  }
  body.uint(7, connection.availableSlots).uint(8, connection.inFlightCount);
  text(body, 9, connection.connectionName);
}

/** Empty texts are left out, as the original leaves them out. */
function text(body: WireWriter, field: number, value: string): void {
  if (value !== '') body.string(field, value);
}
