import { askProbe, type ContainerRecord } from '../runtime/index.ts';
import type { AgentContext } from './agent-context.ts';
import { type ContainerWork, stopWatching } from './container-work.ts';
import type { PodObject } from './pod-object.ts';

const signals: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL']);
const signalOf = (work: ContainerWork): NodeJS.Signals => {
  const named = work.container.lifecycle?.stopSignal ?? work.image?.config.stopSignal ?? 'SIGTERM';
  return (signals.has(named) ? named : 'SIGTERM') as NodeJS.Signals;
};

/** The command or call before the stop; it shares the grace period. Its failure is an event and stops nothing. */
async function preStop(
  context: AgentContext,
  pod: PodObject,
  options: { work: ContainerWork; record: ContainerRecord; graceMs: number; portOf: (port: number) => number },
): Promise<void> {
  const { work, record, graceMs, portOf } = options;
  const hook = work.container.lifecycle?.preStop;
  if (hook === undefined || graceMs <= 0) return;
  if (hook.sleep !== undefined) {
    const ms = Math.min(hook.sleep.seconds * 1000, graceMs);
    await new Promise<void>((resolve) => context.clock.after(ms, resolve));
    return;
  }
  const exec = (command: readonly string[], timeoutMs: number) => context.runtime.exec(record.id, command, timeoutMs);
  const named = work.container.ports?.find(({ name }) => name === hook.httpGet?.port)?.containerPort;
  const question =
    hook.exec !== undefined
      ? ({ ask: 'exec', command: hook.exec.command ?? [] } as const)
      : hook.httpGet !== undefined
        ? ({
            ask: 'http',
            scheme: hook.httpGet.scheme ?? 'HTTP',
            host: hook.httpGet.host ?? '127.0.0.1',
            port: portOf(named ?? Number(hook.httpGet.port)),
            path: hook.httpGet.path ?? '/',
            headers: [],
          } as const)
        : undefined;
  if (question === undefined) return;
  const answer = await askProbe(question, graceMs, { exec });
  if (!answer.ok)
    context.recordEvent(pod, { type: 'Warning', reason: 'FailedPreStopHook', message: `PreStopHook failed: ${answer.message}` });
}

export interface StopPlan {
  pod: PodObject;
  work: ContainerWork;
  why: string;
  graceSeconds: number;
  portOf: (port: number) => number;
  /** Everything on this machine ends, and comes back with it. */
  interrupts?: boolean;
}

/** Ends a running container for a reason: hook, signal, grace, certain death. */
export async function stopContainer(context: AgentContext, options: StopPlan): Promise<void> {
  const { work } = options;
  const record = work.current;
  if (record === undefined || record.exit !== undefined || work.isStopping) return;
  work.isStopping = true;
  work.graceSeconds = options.graceSeconds;
  try {
    await endContainer(context, options, record);
  } finally {
    // Also after a failure: a container that counts as being stopped is stopped by nobody else, and its pod would never go.
    work.isStopping = false;
  }
}

/** Gives a stop under way no more grace than this. */
export async function hastenStop({ runtime }: AgentContext, work: ContainerWork, graceSeconds: number): Promise<void> {
  const { current, isStopping, graceSeconds: granted = 0 } = work;
  if (!isStopping || current === undefined || current.exit !== undefined || granted <= graceSeconds) return;
  work.graceSeconds = graceSeconds;
  await runtime.stop(current.id, { graceMs: graceSeconds * 1000, signal: signalOf(work) });
}

async function endContainer(context: AgentContext, options: StopPlan, record: ContainerRecord): Promise<void> {
  const { pod, work, why, graceSeconds, portOf, interrupts = false } = options;
  work.stoppedFor = why;
  stopWatching(work);
  context.recordEvent(pod, { type: 'Normal', reason: 'Killing', message: `Stopping container ${work.container.name}: ${why}` });
  const began = context.clock.now();
  await preStop(context, pod, { work, record, graceMs: graceSeconds * 1000, portOf });
  // Somebody was in more of a hurry than the hook.
  if (record.exit !== undefined) return;
  const left = graceSeconds * 1000 - (context.clock.now() - began);
  // As in Kubernetes an application gets two seconds even when the hook has used all of the grace.
  await context.runtime.stop(record.id, { graceMs: graceSeconds === 0 ? 0 : Math.max(left, 2_000), signal: signalOf(work), interrupts });
}
