import { join } from 'node:path';
import { SnapshotFile } from './adapters/snapshot-file/snapshot-file.js';
import { Snapshots } from './application/snapshots.js';
import type { SnapshotRun } from './application/snapshots.js';
import { BUILD } from './config/build.js';
import type { Config } from './config/config-shape.js';
import type { Partition } from './engine/partition.js';

const LOOK_MS = 60_000;

/** Snapshots of the one partition in its data directory: now and then, and when the engine is stopped. */
export class EngineSnapshots extends Snapshots {
  private run: SnapshotRun | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor({ dataDir }: Config, partition: Partition, say: (line: string) => void) {
    const store = new SnapshotFile(join(dataDir, 'snapshot', `${partition.name}.snapshot`));
    super({ store, partition, partitionName: partition.name, build: BUILD, say });
  }

  begin(run: SnapshotRun): void {
    this.run = run;
    this.timer = setInterval(() => void this.writeWhenDue(run), LOOK_MS).unref();
  }

  /** The last one of an engine that ran. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    if (this.run) await this.write(this.run);
  }
}
