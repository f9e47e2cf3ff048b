/** A log whose middle is damaged. Nothing was changed: someone has to decide what to do with it. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError';
}
