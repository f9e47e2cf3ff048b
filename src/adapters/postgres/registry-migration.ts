import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables that are not read models: who has read how far, and what could not be applied. */
export class CreateRegistry1750000000000 implements MigrationInterface {
  readonly name = 'CreateRegistry1750000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table projection_checkpoints (
        name text not null,
        version integer not null,
        position numeric,
        serving boolean not null default false,
        updated_at timestamptz not null default now(),
        primary key (name, version)
      )`);
    await queryRunner.query(`
      create table dead_letters (
        projection text not null,
        row_key text not null,
        position numeric not null,
        stream_id text not null,
        revision integer not null,
        type text not null,
        reason text not null,
        parked_at timestamptz not null default now()
      )`);
    // One fact may touch several rows. The hash stands for a key that may be too long for an index: it may be parked for that.
    await queryRunner.query(
      'create unique index dead_letters_once on dead_letters (projection, position, md5(row_key))',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table dead_letters');
    await queryRunner.query('drop table projection_checkpoints');
  }
}
