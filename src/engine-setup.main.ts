import { randomUUID } from 'node:crypto';
import type { EngineHost } from './application/engine-host.js';
import type { Config } from './config/config-shape.js';
import type { EngineCommand } from './engine/engine-commands.js';

/** Configured instruments and accounts are commands like any other; what is known already changes nothing. */
export async function applyConfig(host: EngineHost, config: Config): Promise<void> {
  const { instruments, accounts } = config;
  const head = () => ({ commandId: randomUUID(), actor: 'configuration' });
  const commands: EngineCommand[] = [
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
    throw new Error(`configuration: ${reason}`);
  }
}
