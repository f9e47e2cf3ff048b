import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { EventStoreDBClient } from '@eventstore/db-client';
import { READ_MODELS } from '../../projections/catalogue.js';
import { EventStoreFactFeed } from '../adapters/eventstoredb/eventstoredb.feed.js';
import { readSideDataSource } from '../adapters/postgres/data-source.js';
import { ShadowFold } from '../adapters/postgres/shadow-fold.js';
import { shadowsOf } from '../adapters/postgres/shadow-tables.js';
import type { ThreadAnswer, ThreadGoal, ThreadTerms } from './build-threads.main.js';

const { projections, purpose, share, eventStoreUri, databaseUrl } = workerData as ThreadTerms;
const dataSource = readSideDataSource(databaseUrl);
const fold = new ShadowFold({
  dataSource,
  feed: new EventStoreFactFeed({
    client: EventStoreDBClient.connectionString(eventStoreUri),
    connectionString: eventStoreUri,
    random: Math.random,
    onTrouble: (reason) => void process.stderr.write(`stopledger: the log: ${reason}\n`),
  }),
  shadows: shadowsOf(
    READ_MODELS.filter(({ name }) => projections.includes(name)),
    purpose,
  ),
  ...{ share, isCareful: false, endsAtParked: true },
  onProgress: (progress) => tell({ kind: 'progress', progress }),
});

function tell(answer: ThreadAnswer): void {
  parentPort?.postMessage(answer);
}

async function answer({ goal }: ThreadGoal): Promise<void> {
  try {
    if (!dataSource.isInitialized) await dataSource.initialize();
    tell({ kind: 'built', built: await fold.readTo(goal) });
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

parentPort?.on('message', (asked: ThreadGoal) => void answer(asked));
