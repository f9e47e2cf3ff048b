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

export function etag(revision: number): string {
  return `"${String(revision)}"`;
}
