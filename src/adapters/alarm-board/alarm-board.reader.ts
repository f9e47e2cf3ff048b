import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AlarmBoard, AlarmBoards } from '../../application/ports/alarm.port.js';
import { decodeBoard } from './alarm-board.codec.js';

/** Reads the boards that the processes of this data directory write, also those of a process that is dead by now. */
export class AlarmBoardReader implements AlarmBoards {
  constructor(private readonly dir: string) {}

  async read(): Promise<readonly AlarmBoard[]> {
    // No folder: nothing has ever been raised.
    const names = await readdir(this.dir).catch(() => [] as string[]);
    const boards = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => readFile(join(this.dir, name), 'utf8').then(decodeBoard, () => undefined)),
    );
    return boards.filter((board) => board !== undefined);
  }
}
