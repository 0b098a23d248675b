import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';

const lookMs = 20;

/** Sends the signal and waits; what still runs at the deadline is killed. False when it had to be killed. */
export async function endProcess(target: ProcessIdentity, signal: NodeJS.Signals, deadline: number): Promise<boolean> {
  signalProcess(target, signal);
  while (isAlive(target)) {
    if (Date.now() > deadline) {
      signalProcess(target, 'SIGKILL');
      return false;
    }
    await delay(lookMs);
  }
  return true;
}
