import { types } from 'pg';
import { DataSource } from 'typeorm';
import { CreateRegistry1750000000000 } from './registry-migration.js';
import { DeadLetterEntity, ProjectionCheckpointEntity } from './registry-entities.js';
import { decodeTime } from './row-codec.js';
import { AddWitness1763700000000 } from './witness-migration.js';

const CONNECTIONS_MAX = 8;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.TIMESTAMPTZ, decodeTime],
  // No int8 column of ours holds more than a safe integer; positions are numeric and stay text.
  [types.builtins.INT8, Number],
]);

/** The driver's parser by number: its typings only know the numbers of built-in types. */
const ownParser = types.getTypeParser as (
  oid: number,
  format?: 'text' | 'binary',
) => (text: string) => unknown;

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
      types: {
        getTypeParser: (oid: number, format?: 'text' | 'binary') =>
          parsers.get(oid) ?? ownParser(oid, format),
      },
    },
  });
}
