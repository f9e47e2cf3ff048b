import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the log held when a table was filled, what was parked whole, and when others changed what is parked. */
export class AddWitness1763700000000 implements MigrationInterface {
  readonly name = 'AddWitness1763700000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      alter table projection_checkpoints
        add column generation integer not null default 0,
        add column witness_stream text,
        add column witness_revision integer,
        add column witness_event text`);
    await queryRunner.query('alter table dead_letters add column payload text');
    await queryRunner.query(
      'create index dead_letters_row on dead_letters (projection, md5(row_key))',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop index dead_letters_row');
    await queryRunner.query('alter table dead_letters drop column payload');
    await queryRunner.query(`
      alter table projection_checkpoints
        drop column generation, drop column witness_stream,
        drop column witness_revision, drop column witness_event`);
  }
}
