/** The steps of writing that leave something different on the disk, in their order. */
export const KILL_STEPS = [
  'group-before-write',
  'group-half-written',
  'group-written',
  'group-synced',
  'room-written',
  'segment-trimmed',
  'segment-created',
  'manifest-written',
  'manifest-renamed',
  'index-written',
  'index-renamed',
  'scavenge-written',
  'scavenge-renamed',
  'scavenge-committed',
  'tail-cut',
] as const;

export type KillStep = (typeof KILL_STEPS)[number];

let armed: { readonly step: KillStep; left: number } | undefined;

/**
 * Proofs of what a crash leaves: the process kills itself when it comes to the step for the n-th time.
 * Throws an Error whose message is one line for the operator.
 */
export function armKillPoint(text: string): void {
  const [name, count = '1'] = text.split(':');
  const step = KILL_STEPS.find((known) => known === name);
  if (step === undefined || !/^[1-9]\d*$/.test(count)) {
    throw new Error(`a step to be killed at is one of ${KILL_STEPS.join(', ')}; was '${text}'`);
  }
  armed = { step, left: Number(count) };
}

/** Whether the process dies at this step now. Nothing but a test ever arms one. */
export function isKillDue(step: KillStep): boolean {
  return armed?.step === step && --armed.left === 0;
}

export function killPoint(step: KillStep): void {
  if (isKillDue(step)) process.kill(process.pid, 'SIGKILL');
}
