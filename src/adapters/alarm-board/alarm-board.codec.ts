import type { AlarmBoard } from '../../application/ports/alarm.port.js';

const FORMAT = 1;

export function encodeBoard(board: AlarmBoard): string {
  return JSON.stringify({ format: FORMAT, ...board });
}

/** Undefined for what is no board of this format: alarms are told again by whoever finds them still to be true. */
export function decodeBoard(text: string): AlarmBoard | undefined {
  try {
    const { format, ...board } = JSON.parse(text) as AlarmBoard & { format: number };
    return format === FORMAT ? board : undefined;
  } catch {
    return undefined;
  }
}
