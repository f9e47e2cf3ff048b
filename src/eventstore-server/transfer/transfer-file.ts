import { createReadStream, existsSync } from 'node:fs';
import {
  type CarriedEvent,
  decodeLine,
  type EmptiedStream,
  HEADER_LINE,
} from './transfer-line.codec.js';

export interface PlacedEvent {
  readonly event: CarriedEvent;
  /** From 1. */
  readonly line: number;
  /** Offset of the byte behind the line. */
  readonly endByte: number;
}

export class TransferFileError extends Error {
  override readonly name = 'TransferFileError';
}

const NEWLINE = 0x0a;

/**
 * The events of an export file in order; returns the streams that were emptied, or nothing if the file is not
 * whole. A last line without its end is
 * what an interrupted export leaves, and is passed over.
 *
 * Throws a TransferFileError for a file that no export has written.
 */
export async function* eventsOf(
  path: string,
): AsyncGenerator<PlacedEvent, readonly EmptiedStream[] | undefined> {
  if (!existsSync(path)) throw new TransferFileError(`there is no file ${path}`);
  const emptied: EmptiedStream[] = [];
  let count = 0;
  for await (const { text, line, endByte } of linesOf(path)) {
    if (line === 1) {
      if (text !== HEADER_LINE)
        throw new TransferFileError(`${path} is no export of an event store`);
      continue;
    }
    const decoded = decodeAt(path, line, text);
    if (decoded.kind === 'event') {
      count++;
      yield { event: decoded.event, line, endByte };
      continue;
    }
    if (decoded.kind === 'emptied') {
      emptied.push(decoded.emptied);
      continue;
    }
    if (decoded.events !== count) {
      throw new TransferFileError(
        `${path} says that it has ${decoded.events} events, and has ${count}`,
      );
    }
    return emptied;
  }
  return undefined;
}

function decodeAt(path: string, line: number, text: string): ReturnType<typeof decodeLine> {
  try {
    return decodeLine(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TransferFileError(`${path}, line ${line}: ${reason}`, { cause: error });
  }
}

async function* linesOf(
  path: string,
): AsyncGenerator<{ readonly text: string; readonly line: number; readonly endByte: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  let endByte = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, start)) {
      line++;
      endByte += at + 1 - start;
      yield { text: bytes.toString('utf8', start, at), line, endByte };
      start = at + 1;
    }
    rest = bytes.subarray(start);
  }
}
