import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DecisionSpool } from './adapters/spool/decision-spool.js';
import type { JournalLineOptions } from './application/journal-line.js';
import type { LeftToVenue } from './application/left-to-venue.js';
import type { Journal } from './application/ports/journal.port.js';
import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import { appendSpooled } from './application/spool-recovery.js';
import type { Config } from './config/config-shape.js';
import type { PositionId, UnixMs } from './domain/kernel/units.js';
import type { Decision } from './engine/decisions.js';

// An exit waits this long for a log that does not answer; then the spool makes it safe and it leaves.
const SPOOL_AFTER_MS = 500;
const SPOOL_BYTES = 32 * 1024 * 1024;
const SPOOL_EXIT_SHARE = 0.75;

/** The spool of a partition in its data directory. Without one the engine still protects; exits then wait for the log. */
export class EngineSpool {
  private readonly dir: string;
  private readonly spool: DecisionSpool | undefined;

  constructor(
    private readonly config: Config,
    partition: string,
    private readonly alarms: AlarmDesk,
    private readonly say: (line: string) => void,
  ) {
    this.dir = join(config.dataDir, 'spool');
    this.spool = this.open(join(this.dir, `${partition}.spool`));
  }

  /** `left`: what waits for the log although its account lets exits leave. */
  terms(left: Pick<LeftToVenue, 'holds'>): JournalLineOptions['spooling'] {
    if (!this.spool) return undefined;
    const holding = new Set(
      this.config.accounts.filter(({ onLogLoss }) => onLogLoss === 'hold').map(({ id }) => id),
    );
    return {
      spool: this.spool,
      afterMs: SPOOL_AFTER_MS,
      monotonicMs: () => performance.now(),
      holds: (decision) => {
        const { data } = decision.fact;
        return ('accountId' in data && holding.has(data.accountId)) || left.holds(decision);
      },
      onUnkept: ({ streamId, fact }, outcome) =>
        this.alarms.raise(
          outcome === 'full' ? 'SPOOL_FULL' : 'SPOOL_BROKEN',
          streamId,
          `${fact.type} of ${streamId} waits for the log: the spool is ${outcome}`,
        ),
    };
  }

  /**
   * What the log missed comes first: recovery reads the log alone. Resolves when the log has it, with the positions about
   * which another engine has overtaken what we had decided, now or at an earlier start, and since when we had.
   */
  async emptyInto(journal: Journal): Promise<ReadonlyMap<PositionId, UnixMs>> {
    if (this.spool && this.spool.left.length > 0) await this.empty(this.spool, journal);
    const overtaken = new Map<PositionId, UnixMs>();
    for (const { positionId, at } of this.conflictFiles().flatMap(decisionsIn)) {
      overtaken.set(positionId, Math.min(at, overtaken.get(positionId) ?? Infinity));
    }
    return overtaken;
  }

  private async empty(spool: DecisionSpool, journal: Journal): Promise<void> {
    const found = await appendSpooled(spool.left, journal, (ms) => pause(ms));
    this.say(`${found.appended} decisions of the spool are in the log`);
    for (const { streamId, found: foreign } of found.conflicts) {
      this.alarms.raise(
        'SPOOL_CONFLICT',
        streamId,
        `${streamId} holds ${foreign} where the spool has our own: another engine acted`,
      );
    }
    this.setAside(found.setAside);
    await spool.clear();
  }

  async close(): Promise<void> {
    await this.spool?.close();
  }

  private open(path: string): DecisionSpool | undefined {
    try {
      mkdirSync(this.dir, { recursive: true });
      return DecisionSpool.open(path, {
        bytes: SPOOL_BYTES,
        exitShare: SPOOL_EXIT_SHARE,
        onTrouble: (reason) => this.alarms.raise('SPOOL_BROKEN', 'spool', reason),
      });
    } catch (error) {
      this.alarms.raise(
        'SPOOL_ABSENT',
        'spool',
        `no spool at ${path}: ${String(error)}; exits wait for the log while it is away`,
      );
      return undefined;
    }
  }

  private conflictFiles(): readonly string[] {
    if (!existsSync(this.dir)) return [];
    const names = readdirSync(this.dir).filter((name) => /^conflicts-.*\.jsonl$/.test(name));
    return names.map((name) => join(this.dir, name));
  }

  private setAside(decisions: readonly Decision[]): void {
    if (decisions.length === 0) return;
    const path = join(this.dir, `conflicts-${Date.now()}.jsonl`);
    const lines = decisions.map((decision) => `${JSON.stringify(decision)}\n`);
    writeFileSync(path, lines.join(''), { mode: 0o600 });
    this.say(`${decisions.length} decisions lost that race; kept in ${path}`);
  }
}

/** By their text: the last line is torn where the process ended while it wrote. */
function decisionsIn(path: string): { positionId: PositionId; at: UnixMs }[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.flatMap((line) => {
    const positionId = /"positionId":"([^"]+)"/.exec(line)?.[1];
    const at = Number(/"at":(\d+)/.exec(line)?.[1] ?? 0);
    return positionId === undefined ? [] : [{ positionId, at }];
  });
}
