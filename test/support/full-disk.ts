import fs, { fstatSync } from 'node:fs';

/** A disk on which files cannot grow by more than there is room for; what is written over needs none. */
export class FullDisk {
  /** What files may still grow by; undefined: the disk is not full. */
  roomBytes: number | undefined;

  constructor() {
    const { writeSync } = fs;
    type Written = readonly [file: number, bytes: Buffer, from: number, length: number, at: number];
    const write = ((...[file, bytes, from, length, at]: Written) => {
      const inside = Math.max(0, fstatSync(file).size - at);
      const taken = Math.min(length, inside + (this.roomBytes ?? length));
      if (taken === 0) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      if (this.roomBytes !== undefined) this.roomBytes -= Math.max(0, taken - inside);
      return writeSync(file, bytes, from, taken, at);
    }) as typeof fs.writeSync;
    jest.spyOn(fs, 'writeSync').mockImplementation(write);
  }

  restore(): void {
    jest.restoreAllMocks();
  }
}
