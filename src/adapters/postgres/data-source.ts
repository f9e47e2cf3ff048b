import { DataSource } from 'typeorm';
import { parserOf } from './cell-text.js';
import { CreateRegistry1750000000000 } from './registry-migration.js';
import { DeadLetterEntity, ProjectionCheckpointEntity } from './registry-entities.js';
import { AddWitness1763700000000 } from './witness-migration.js';

const CONNECTIONS_MAX = 8;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/** Not yet initialised. Read-model tables are no entities: they come from `*.table.sql` and are never altered. */
export function readSideDataSource(databaseUrl: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: [ProjectionCheckpointEntity, DeadLetterEntity],
    migrations: [CreateRegistry1750000000000, AddWitness1763700000000],
    migrationsTableName: 'schema_migrations',
    synchronize: false,
    logging: false,
    extra: {
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      types: { getTypeParser: parserOf },
    },
  });
}
