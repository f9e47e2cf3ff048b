import { prepared } from '../../src/adapters/postgres/prepared.js';
import { readSideDataSource } from '../../src/adapters/postgres/data-source.js';
import { sharePostgres } from '../support/postgres-fixture.js';

let url: string;

sharePostgres('prepared', (running) => (url = running.url));

interface Kept {
  readonly kept: number;
  readonly uses: number;
}

const KEPT = `select count(*)::int as kept, coalesce(max(generic_plans + custom_plans), 0)::int as uses
  from pg_prepared_statements where name like 'statement_%'`;

it('keeps what comes first, and of other statements none, however many there are', async () => {
  const dataSource = await readSideDataSource(url).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    const querying = await prepared(runner);
    for (let round = 1; round <= 2; round += 1) {
      for (let number = 0; number < 300; number += 1) {
        const rows = await querying.query(`select ${String(number)} + $1::int as sum`, [1]);
        expect(rows).toStrictEqual([{ sum: number + 1 }]);
      }
      const [found] = (await runner.query(KEPT)) as Kept[];
      expect(found).toStrictEqual({ kept: 100, uses: round });
    }
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
});
