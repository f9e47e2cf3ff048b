import { WireError, WireReader, WireWriter } from './wire.codec.js';

/** By their number on the wire. */
const RESULTS = ['started', 'in-progress', 'stopped'] as const;

export interface ScavengeAnswer {
  readonly id: string;
  readonly result: (typeof RESULTS)[number];
}

/** StartScavengeReq. How many threads are asked for is nothing to a server with one. */
export function parseScavengeStart(message: Buffer): { readonly startFromChunk: number } {
  let startFromChunk = 0;
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field !== 1) {
      reader.skip();
      continue;
    }
    const options = reader.message();
    for (let option = options.next(); option !== 0; option = options.next()) {
      if (option === 2) startFromChunk = Math.max(0, options.int32());
      else options.skip();
    }
  }
  return { startFromChunk };
}

/** StopScavengeReq: the id. */
export function parseScavengeStop(message: Buffer): string {
  let id = '';
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field !== 1) {
      reader.skip();
      continue;
    }
    const options = reader.message();
    for (let option = options.next(); option !== 0; option = options.next()) {
      if (option === 1) id = options.string();
      else options.skip();
    }
  }
  return id;
}

/** ScavengeResp. */
export function scavengeResponse({ id, result }: ScavengeAnswer): Buffer {
  return new WireWriter(64).string(1, id).uint(2, RESULTS.indexOf(result)).finish();
}

/** What another store answers. Throws a WireError for a result that is none. */
export function parseScavengeResponse(message: Buffer): ScavengeAnswer {
  const reader = new WireReader(message);
  let id = '';
  let no = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.string();
    else if (field === 2) no = reader.uint32();
    else reader.skip();
  }
  const result = RESULTS[no];
  if (result === undefined) throw new WireError(`a scavenge has no result ${no}`);
  return { id, result };
}
