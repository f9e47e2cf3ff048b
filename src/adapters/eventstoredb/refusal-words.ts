/** The client puts this before the words of a store whose kind of refusal it does not know. */
const CLIENT_PREFIX = /^Could not recognize /;

/** What the store itself said, for people. */
export function refusalWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(CLIENT_PREFIX, '');
}
