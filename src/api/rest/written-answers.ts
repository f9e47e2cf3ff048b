import type { FastifyReply } from 'fastify';
import type { CommandAccepted } from '../../application/ports/engine-gateway.port.js';

/** What every write answers beside its own noun. */
export interface Written {
  readonly revision: number;
  readonly asOfPosition: string;
}

export function created(reply: FastifyReply, route: string, outcome: CommandAccepted): Written {
  void reply.code(201).header('location', `/api/v1/${route}/${encodeURIComponent(outcome.id)}`);
  return changed(reply, outcome);
}

export function changed(reply: FastifyReply, outcome: CommandAccepted): Written {
  void reply.header('etag', etag(outcome.revision));
  return { revision: outcome.revision, asOfPosition: outcome.position };
}

/** The tag of what has this revision; of a part of it, with the names of the part. A change may name either. */
export function etag(revision: number, fields: readonly string[] = []): string {
  return `"${[String(revision), ...fields].join('.')}"`;
}
