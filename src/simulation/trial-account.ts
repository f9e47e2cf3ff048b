/** Who trades where nobody's money is at stake: an account of its own in a partition of its own. */
export const TRIAL_ACCOUNT = {
  accountId: 'trial',
  broker: 'paper',
  mode: 'paper',
  currency: 'USD',
} as const;
