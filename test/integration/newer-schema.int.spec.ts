import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { READ_MODELS } from '../../projections/catalogue.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { prepareSchema, refuseNewerSchema } from '../../src/adapters/postgres/read-model-schema.js';
import { sharePostgres } from '../support/postgres-fixture.js';

const ROOT = join(__dirname, '..', '..');

let dataSource: DataSource;

sharePostgres('newer', ({ url }) => (dataSource = readSideDataSource(url)));

describe('a command that only looks at the read models', () => {
  beforeAll(async () => {
    await dataSource.initialize();
    await prepareSchema(dataSource, READ_MODELS, ROOT);
  });
  afterAll(() => dataSource.destroy());

  it('goes on with a database of this program', async () => {
    await expect(refuseNewerSchema(dataSource, READ_MODELS)).resolves.toBeUndefined();
  });

  it.each([
    [
      'a migration',
      "insert into schema_migrations (timestamp, name) values (9999999999999, 'FromTheFuture')",
      'the newer schema FromTheFuture',
    ],
    [
      'a version',
      "update projection_checkpoints set version = 99 where name = 'orders'",
      'version 99 of orders',
    ],
  ])('refuses one that has %s which it does not know', async (_what, sql, said) => {
    const runner = dataSource.createQueryRunner();
    await runner.query(sql);
    await expect(refuseNewerSchema(dataSource, READ_MODELS)).rejects.toThrow(said);
    await runner.query("delete from schema_migrations where name = 'FromTheFuture'");
    await runner.release();
  });
});
