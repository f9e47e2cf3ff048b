import { parseScavengeResponse, type ScavengeAnswer } from '../protocol/scavenge.codec.js';
import { RemoteStore } from './remote-call.transport.js';
import { parseStoreAddress } from './store-address.parse.js';

const NO_OPTIONS = Buffer.alloc(0);

/** Asks a running store to give back the space of what nobody can see. Rejects with what it says. */
export async function startScavenge(uri: string): Promise<ScavengeAnswer> {
  const store = new RemoteStore(parseStoreAddress(uri));
  try {
    const call = store.open('/event_store.client.operations.Operations/StartScavenge');
    await call.send(NO_OPTIONS);
    call.halfClose();
    let answer: ScavengeAnswer | undefined;
    for await (const message of call) answer = parseScavengeResponse(message);
    if (answer === undefined) throw new Error('the store answered nothing');
    return answer;
  } finally {
    store.close();
  }
}
