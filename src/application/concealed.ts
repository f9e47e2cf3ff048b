/** What stands where a secret stood. */
const CONCEALED = '(concealed)';

/**
 * What somebody outside has said, without our secrets: a gateway or a venue that repeats the request in its refusal would
 * have them written into events and logs for ever.
 */
export function concealed(text: string, secrets: readonly string[]): string {
  return secrets.reduce((said, secret) => said.replaceAll(secret, CONCEALED), text);
}
