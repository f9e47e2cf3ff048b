import { GRPC_RESOURCE_EXHAUSTED, GRPC_UNIMPLEMENTED, GrpcError } from './grpc-status.js';

export const FRAME_HEADER_BYTES = 5;
/** The limit that clients set for what they receive; more than any append needs. */
const MESSAGE_BYTES_MAX = 17 * 1024 * 1024;

/** Puts a message behind the header that gRPC wants: not compressed, length. */
export function frame(message: Buffer): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEADER_BYTES + message.length);
  out[0] = 0;
  out.writeUInt32BE(message.length, 1);
  message.copy(out, FRAME_HEADER_BYTES);
  return out;
}

/** Cuts a byte stream back into messages, wherever the transport split it. */
export class FrameSplitter {
  private chunks: Buffer[] = [];
  private buffered = 0;
  private wanted = FRAME_HEADER_BYTES;

  /** Calls `visit` for each message that is complete. Throws a GrpcError for one nobody can take. */
  push(chunk: Buffer, visit: (message: Buffer) => void): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    if (this.buffered < this.wanted) return;
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    let at = 0;
    for (;;) {
      const next = messageEnd(bytes, at);
      if (next > bytes.length) {
        this.wanted = next - at;
        break;
      }
      const start = at + FRAME_HEADER_BYTES;
      at = next;
      visit(bytes.subarray(start, next));
    }
    const rest = bytes.subarray(at);
    this.chunks = rest.length === 0 ? [] : [rest];
    this.buffered = rest.length;
  }

  /** Whether the peer stopped inside a message. */
  get isInside(): boolean {
    return this.buffered > 0;
  }
}

/** Where the message at `at` ends; past the bytes if it is not all there. */
function messageEnd(bytes: Buffer, at: number): number {
  if (at + FRAME_HEADER_BYTES > bytes.length) return at + FRAME_HEADER_BYTES;
  if (bytes[at] !== 0) throw new GrpcError(GRPC_UNIMPLEMENTED, 'Compression is not supported.');
  const length = bytes.readUInt32BE(at + 1);
  if (length > MESSAGE_BYTES_MAX) {
    throw new GrpcError(
      GRPC_RESOURCE_EXHAUSTED,
      `Received message exceeds the maximum of ${MESSAGE_BYTES_MAX} bytes.`,
    );
  }
  return at + FRAME_HEADER_BYTES + length;
}
