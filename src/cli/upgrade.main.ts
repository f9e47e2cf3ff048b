import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../adapters/eventstoredb/eventstoredb.feed.js';
import { readTape } from '../adapters/tape/tape.reader.js';
import { checkUpgrade } from '../application/upgrade-check.js';
import type { UpgradeReport } from '../application/upgrade-check.js';
import { BUILD } from '../config/build.js';
import { Partition, RULES_VERSION } from '../engine/partition.js';
import { WrongUse, endWith } from './command-run.js';
import { answersHelp } from './help-asked.parse.js';
import { runningLog } from './running-log.js';

const USAGE = `upgrade check: would this build treat the open stops of the running one in the same way?
  --config FILE  configuration (default: STOPLEDGER_CONFIG, else ./stopledger.yaml)
  --json         one JSON document`;
const EXIT = { same: 0, differs: 3 } as const;
const PARTITION = 'p0';

async function run(argv: readonly string[]): Promise<number> {
  if (answersHelp(argv, USAGE)) return EXIT.same;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { config: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  if (positionals.join(' ') !== 'check') throw new WrongUse(USAGE);
  const { config, eventStoreUri } = runningLog(values.config);
  const client = EventStoreDBClient.connectionString(eventStoreUri);
  const onTrouble = (reason: string) =>
    void process.stderr.write(`stopledger: the log: ${reason}\n`);
  try {
    const report = await checkUpgrade({
      feed: new EventStoreFactFeed({
        client,
        connectionString: eventStoreUri,
        random: Math.random,
        onTrouble,
      }),
      partition: () => new Partition({ partition: PARTITION }),
      partitionName: PARTITION,
      tape: () => readTape(join(config.dataDir, 'tape')),
      rules: [RULES_VERSION],
    });
    const isSame = report.differing.length + report.unreadable.length === 0;
    const lines = values.json
      ? [JSON.stringify({ build: BUILD, isSame, ...report })]
      : told(report);
    process.stdout.write(`${lines.join('\n')}\n`);
    return isSame ? EXIT.same : EXIT.differs;
  } finally {
    await client.dispose();
  }
}

function told({ stopsOpen, inputsReplayed, ...found }: UpgradeReport): readonly string[] {
  const { differing, unreadable, notReplayed } = found;
  const refused = differing.length + unreadable.length > 0;
  return [
    ...unreadable.map(({ streamId, reason }) => `${streamId} cannot be read: ${reason}`),
    ...differing.map(({ stopId, how }) => `stop ${stopId}: ${how}`),
    ...notReplayed.map((stopId) => `stop ${stopId}: not replayed, the tape has lost its prices`),
    `build ${BUILD}: ${stopsOpen} open stops, ${inputsReplayed} inputs done again: ` +
      (refused ? `REFUSED, ${differing.length} stops would differ` : 'none would differ'),
  ];
}

endWith(run);
