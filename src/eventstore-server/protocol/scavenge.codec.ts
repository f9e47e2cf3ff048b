import { WireReader, WireWriter } from './wire.codec.js';

export interface ScavengeAnswer {
  readonly id: string;
  readonly result: 'started' | 'in-progress' | 'stopped';
}

const RESULTS: Readonly<Record<ScavengeAnswer['result'], number>> = {
  started: 0,
  'in-progress': 1,
  stopped: 2,
};

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
  return new WireWriter(64).string(1, id).uint(2, RESULTS[result]).finish();
}
