import { randomUUID } from 'node:crypto';
import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import type { EngineHost } from './application/engine-host.js';
import type { Config } from './config/config-shape.js';
import type { DefineInstrument, OpenAccount } from './engine/engine-commands.js';
import type { Partition } from './engine/partition.js';

/** Throws where recorded prints would decide for accounts of somebody's own. A log elsewhere is in no folder that could tell. */
export function checkDemo(
  { isDemo, accounts }: Pick<Config, 'isDemo' | 'accounts'>,
  known: Iterable<string>,
): void {
  if (!isDemo) return;
  const own = new Set(accounts.map(({ id }) => id));
  for (const accountId of known) {
    if (own.has(accountId)) continue;
    throw new Error(
      `the log holds account ${accountId}: the demo would fire its stops on recorded prints; name the configuration (--config FILE)`,
    );
  }
}

/**
 * Configured instruments and accounts are commands like any other; what is known already changes nothing.
 *
 * What cannot be applied now (the price tick under armed stops, say, that a command has changed since) stays as the log has
 * it, with an alarm: no stop goes unguarded, and no exit unfollowed, for it. Throws it only where nothing is open.
 */
export async function applyConfig(
  host: Pick<EngineHost, 'execute'>,
  config: Pick<Config, 'instruments' | 'accounts'>,
  partition: Pick<Partition, 'openCount'>,
  alarms: Pick<AlarmDesk, 'raise'>,
): Promise<void> {
  const { instruments, accounts } = config;
  const head = () => ({ commandId: randomUUID(), actor: 'configuration' });
  const commands: (DefineInstrument | OpenAccount)[] = [
    ...instruments.map(
      ({ id, ...rest }) =>
        ({ kind: 'DefineInstrument', instrumentId: id, ...rest, ...head() }) as const,
    ),
    ...accounts.map(
      ({ id, broker, mode, currency }) =>
        ({ kind: 'OpenAccount', accountId: id, broker, mode, currency, ...head() }) as const,
    ),
  ];
  for (const command of commands) {
    const outcome = await host.execute(command);
    if (outcome.kind === 'accepted') continue;
    const reason =
      outcome.kind === 'rejected'
        ? outcome.problems
            .map(({ field, rule, value }) => `${field} ${rule}, was ${value}`)
            .join('; ')
        : outcome.reason;
    if (partition.openCount === 0) throw new Error(`configuration: ${reason}`);
    const about = command.kind === 'OpenAccount' ? command.accountId : command.instrumentId;
    const text = `configuration of ${about} was not applied, the log's is kept: ${reason}`;
    alarms.raise('CONFIG_NOT_APPLIED', about, text);
  }
}
