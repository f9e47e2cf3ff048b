import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  EngineSnapshot,
  FoundSnapshot,
  SnapshotStore,
} from '../../application/ports/snapshot.port.js';
import { decodeSnapshot, encodeSnapshot } from './snapshot-file.codec.js';

/** The newest snapshot in one file. A new one is written beside it and takes its name when it is on the disk. */
export class SnapshotFile implements SnapshotStore {
  constructor(private readonly path: string) {}

  read(): FoundSnapshot {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
      return { kind: 'unusable', reason: reasonOf(error) };
    }
    try {
      return { kind: 'found', snapshot: decodeSnapshot(bytes) };
    } catch (error) {
      return { kind: 'unusable', reason: reasonOf(error) };
    }
  }

  async write(snapshot: EngineSnapshot): Promise<void> {
    const beside = `${this.path}.new`;
    mkdirSync(dirname(this.path), { recursive: true });
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writev([...encodeSnapshot(snapshot)]);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.path);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
