import type { ContainerRecord } from './container-record.ts';
import { findMembers } from './find-members.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

export interface StopPlan {
  table: ProcessTable;
  record: ContainerRecord;
  /** Time between the first signal and SIGKILL; 0 kills at once. */
  graceMs: number;
  signal: NodeJS.Signals;
  /** True as soon as the application's first process has ended. */
  hasEnded: () => Promise<boolean>;
  now: () => number;
  /** Resolves after a time. */
  pause: (ms: number) => Promise<void>;
}

// A process in an uninterruptible wait (a dead network disk) does not even die of SIGKILL: after this we say so instead of hanging.
const killDeadlineMs = 5_000;
// How long the shim has, after the application was killed, to write the exit code.
const shimMs = 1_000;
const firstPollMs = 5;
const maxPollMs = 100;

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
};

async function waitUntil(plan: StopPlan, limitMs: number, isDone: () => Promise<boolean>): Promise<boolean> {
  const end = plan.now() + limitMs;
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, maxPollMs)) {
    if (await isDone()) return true;
    if (plan.now() >= end) return false;
    await plan.pause(pollMs);
  }
}

/**
 * Ends all processes of a container: the signal to each of them, grace for the application's first process, then SIGKILL until none is left.
 * Children that outlive their first process are killed at once, as in a pid namespace. Answers those that could not be killed.
 */
export async function stopMembers(plan: StopPlan): Promise<ProcessEntry[]> {
  const { table, record } = plan;
  if (plan.graceMs > 0 && !(await plan.hasEnded())) {
    for (const member of await findMembers(table, record)) send(member.pid, plan.signal);
    await waitUntil(plan, plan.graceMs, plan.hasEnded);
  }
  const started = plan.now();
  let left: ProcessEntry[] = [];
  await waitUntil(plan, killDeadlineMs, async () => {
    left = await findMembers(table, record);
    const spareShim = plan.now() - started < shimMs && !(await plan.hasEnded());
    for (const member of left) if (!(spareShim && member.pid === record.pid)) send(member.pid, 'SIGKILL');
    return left.length === 0;
  });
  return left;
}
