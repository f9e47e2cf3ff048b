import { EntitySchema } from 'typeorm';

/** How far one version of a read model has come. */
export interface ProjectionCheckpoint {
  readonly name: string;
  readonly version: number;
  /** Decimal text; null before the first batch. */
  readonly position: string | null;
  /** True for the version that the view shows. */
  readonly serving: boolean;
  /** Rises when somebody else than the projector changed what is parked. */
  readonly generation: number;
  /** The newest fact that was applied: a log that does not hold it is another log. */
  readonly witnessStream: string | null;
  readonly witnessRevision: number | null;
  readonly witnessEvent: string | null;
  readonly updatedAt: string;
}

export const ProjectionCheckpointEntity = new EntitySchema<ProjectionCheckpoint>({
  name: 'ProjectionCheckpoint',
  tableName: 'projection_checkpoints',
  columns: {
    name: { type: 'text', primary: true },
    version: { type: 'integer', primary: true },
    position: { type: 'numeric', nullable: true },
    serving: { type: 'boolean' },
    generation: { type: 'integer' },
    witnessStream: { type: 'text', name: 'witness_stream', nullable: true },
    witnessRevision: { type: 'integer', name: 'witness_revision', nullable: true },
    witnessEvent: { type: 'text', name: 'witness_event', nullable: true },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
  },
});

/** A record that could not be applied, or that waits behind one of the same row. */
export interface DeadLetter {
  /** Name of the read model; empty when no codec could read the record. */
  readonly projection: string;
  /** Key of the row; the stream when no codec could read the record. */
  readonly rowKey: string;
  readonly position: string;
  readonly streamId: string;
  readonly revision: number;
  readonly type: string;
  readonly reason: string;
  /** The fact as JSON text; null when no codec could read it. */
  readonly payload: string | null;
  readonly parkedAt: string;
}

export const DeadLetterEntity = new EntitySchema<DeadLetter>({
  name: 'DeadLetter',
  tableName: 'dead_letters',
  columns: {
    projection: { type: 'text', primary: true },
    rowKey: { type: 'text', name: 'row_key', primary: true },
    position: { type: 'numeric', primary: true },
    streamId: { type: 'text', name: 'stream_id' },
    revision: { type: 'integer' },
    type: { type: 'text' },
    reason: { type: 'text' },
    payload: { type: 'text', nullable: true },
    parkedAt: { type: 'timestamptz', name: 'parked_at' },
  },
});
