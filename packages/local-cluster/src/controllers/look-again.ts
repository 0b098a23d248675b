import { type Outcome, settled } from '@fairway/resources/reconcile';

// Timers of a month and more overflow; looking once an hour costs nothing.
const longestMs = 3_600_000;

/** Nothing more to do now; time alone may change that. */
export const lookAgainIn = (againInMs: number | undefined): Outcome =>
  againInMs === undefined ? settled : { is: 'settled', againInMs: Math.max(1, Math.min(longestMs, againInMs)) };
