import type { ChildProcess } from 'node:child_process';
import { usableBinaries } from './binaries.js';
import { prepareCluster } from './cluster.js';
import { claimGuard, endServer, releaseGuard, stopOrphan } from './orphan.js';
import { placesFor } from './places.js';
import type { Places } from './places.js';
import { serverAccount } from './server-account.js';
import { choosePort, launchServer, whenReady } from './server-process.js';

export interface GuardOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly say: (line: string) => void;
  /** Called when the server ends although nobody asked for it. */
  readonly onServerLost: (reason: string) => void;
}

/**
 * Keeps one PostgreSQL alive.
 *
 * Modes: idle → starting → running → stopping → stopped. `stop` is allowed in every mode and may be called again;
 * a start that is overtaken by a stop ends whatever child it had.
 */
export class PostgresGuard {
  private child: ChildProcess | undefined;
  private places: Places | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: GuardOptions) {}

  /** Returns the URL of the database once it takes connections. */
  async start(): Promise<string> {
    const { dataDir, port: asked, say } = this.options;
    const account = serverAccount();
    const binaries = usableBinaries(account);
    const places = placesFor(dataDir, account);
    claimGuard(places);
    this.places = places;
    if (binaries.copiedTo !== null) say(`PostgreSQL binaries run from ${binaries.copiedTo}`);
    if (places.moved)
      say(`PostgreSQL data lies in ${places.folder}: its user cannot reach ${dataDir}`);
    const orphan = await stopOrphan(places);
    if (orphan !== undefined) say(`Stopped PostgreSQL process ${String(orphan)} of an earlier run`);
    const needs = {
      places,
      binaries,
      account,
      say,
      onChild: (child: ChildProcess) => this.adopt(child),
    };
    const password = await prepareCluster(needs);
    const port = await choosePort(asked, places.portFile);
    this.refuseWhenStopping();
    const server = launchServer(needs, port);
    const url = await whenReady(server, port, password, places.logFile);
    this.refuseWhenStopping();
    server.once('exit', (code, signal) => this.lost(code, signal));
    say(`PostgreSQL ${binaries.version} on 127.0.0.1:${String(port)}, data in ${places.folder}`);
    return url;
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      await endServer(child.pid);
    }
    if (!this.places) return;
    // A start that is overtaken leaves no server of the run before behind, either.
    if (!child) await stopOrphan(this.places);
    releaseGuard(this.places);
  }

  private adopt(child: ChildProcess): void {
    this.refuseWhenStopping(child);
    this.child = child;
  }

  private refuseWhenStopping(child?: ChildProcess): void {
    if (!this.stopping) return;
    child?.kill('SIGKILL');
    throw new Error('Stopped while starting.');
  }

  private lost(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.stopping) return;
    this.options.onServerLost(`PostgreSQL ended by itself (${signal ?? String(code)})`);
  }
}
