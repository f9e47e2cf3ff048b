import { join } from 'node:path';
import { addressPathIn } from './adapters/engine-channel/channel-address.js';
import { commandStep } from './application/order-traces.js';
import type { Say } from './application/ports/say.port.js';
import type { Traces } from './application/ports/trace.port.js';
import type { Config } from './config/config-shape.js';
import type { RoleConfig } from './launch/supervisor.js';
import { openLog } from './process-log.main.js';
import { openTraces } from './traces.main.js';

// The composition root of a role process: configuration in over the channel to the parent, roles wired, nothing decided.

interface Running {
  readonly port?: number;
  readonly guards?: number;
  stop(): Promise<void>;
}

const ROOT = join(__dirname, '..', '..');
const COMMAND_DEADLINE_MS = 12_000;
const VIEW_DEADLINE_MS = 1_000;
const EXIT_FATAL = 70;
const PULSE_MS = 1_000;

async function startRoles({ roles, config, narrates }: RoleConfig): Promise<Running> {
  const say = openLog(config.log.format, roles.join('+'));
  const traces = await openTraces(config, roles.join('+'), say);
  const running: Running[] = [];
  // Loaded on demand: the engine's process holds nothing of the web framework, the read side nothing of the feeds.
  if (roles.includes('engine')) {
    const { EngineProcess } = await import('./engine-process.main.js');
    const engine = new EngineProcess({ config, say, narrates, traces, onFatal });
    running.push(await engine.start());
  }
  if (roles.includes('projector') || roles.includes('api')) {
    running.push(await startReadRoles(roles, { config, say, traces }));
  }
  const { port } = running.at(-1) ?? {};
  const { guards } = running[0] ?? {};
  return {
    ...(port !== undefined && { port }),
    ...(guards !== undefined && { guards }),
    stop: async () => {
      for (const one of running.reverse()) await one.stop();
      await traces?.close();
    },
  };
}

async function startReadRoles(
  roles: RoleConfig['roles'],
  { config, say, traces }: { config: Config; say: Say; traces: Traces | undefined },
): Promise<Running> {
  const [
    { startReadSide },
    { AlarmBoardReader },
    { ChannelClient },
    { EventStoreFactFeed },
    { EventStoreDBClient },
  ] = await Promise.all([
    import('./read-side.main.js'),
    import('./adapters/alarm-board/alarm-board.reader.js'),
    import('./adapters/engine-channel/channel.client.js'),
    import('./adapters/eventstoredb/eventstoredb.feed.js'),
    import('@eventstore/db-client'),
  ]);
  const tokens = config.http.auth === 'tokens' ? await tokensFor(config, say) : undefined;
  const client = EventStoreDBClient.connectionString(config.eventStoreUri ?? '');
  const gateway = new ChannelClient({
    addressPath: addressPathIn(config.engineDir),
    commandDeadlineMs: COMMAND_DEADLINE_MS,
    viewDeadlineMs: VIEW_DEADLINE_MS,
    ...(traces && {
      onAnswered: (command, outcome, times) =>
        traces.took(commandStep(command, outcome, { by: 'edge', ...times })),
    }),
  });
  const readSide = await startReadSide({
    databaseUrl: config.databaseUrl ?? '',
    host: config.http.host,
    port: config.http.port,
    eventFeed: new EventStoreFactFeed({
      client,
      connectionString: config.eventStoreUri ?? '',
      random: Math.random,
      onTrouble: (reason) => say(`read side: reading the log: ${reason}`),
    }),
    engineGateway: gateway,
    alarmBoards: new AlarmBoardReader(join(config.engineDir, 'alarms')),
    signals: config.signals,
    access: { tokens, requestsPerSecond: config.http.requestsPerSecond },
    rootDir: ROOT,
    roles: { projector: roles.includes('projector'), api: roles.includes('api') },
    onNotice: (line) => say(`read side: ${line}`),
    onBug: (error) => {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      say(`read side: ${words}`, { severity: 'critical' });
    },
  });
  return {
    port: readSide.port,
    stop: async () => {
      await readSide.close();
      gateway.close();
      await client.dispose();
    },
  };
}

/** The first start makes a token of scope admin and prints it; it is shown at no other time. */
async function tokensFor({ dataDir, adminToken }: Config, say: Say) {
  const { TokenFile } = await import('./adapters/token-file/token-file.js');
  const tokens = new TokenFile(join(dataDir, 'tokens.json'), adminToken);
  if (tokens.isEmpty) {
    const { token } = tokens.create({ name: 'first-start', scopes: ['admin'] }, new Date());
    say(`read side: admin token, shown this once: ${token}`);
  }
  return tokens;
}

/** The parent starts a process that ends in this way again, which then reads the truth from the log. */
function onFatal(reason: string): void {
  process.stderr.write(`ALARM engine: ${reason}\n`);
  process.exit(EXIT_FATAL);
}

function tell(message: object, then: () => void): void {
  if (process.send) process.send(message, undefined, undefined, then);
  else then();
}

let running: Promise<Running> | undefined;

/** Asked for twice, by message and by signal: the second must not cut the first short. */
function end(): void {
  ending ??= endOnce();
}

let ending: Promise<void> | undefined;

async function endOnce(): Promise<void> {
  const roles = await running?.catch(() => undefined);
  await roles?.stop();
  process.exit(0);
}

process.on('message', (message: { type: string; config?: RoleConfig }) => {
  if (message.type === 'stop') end();
  if (message.type !== 'configure' || !message.config || running) return;
  running = startRoles(message.config);
  setInterval(() => tell({ type: 'pulse' }, () => undefined), PULSE_MS).unref();
  running.then(
    ({ port, guards }) => tell({ type: 'ready', port, guards }, () => undefined),
    (error: unknown) => {
      const line = error instanceof Error ? error.message : String(error);
      tell({ type: 'failed', line }, () => process.exit(1));
    },
  );
});
// The parent is gone, and with it perhaps the stores: what is durable is durable, the next start recovers.
process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => undefined);
process.on('SIGTERM', end);
