import type { Clock } from '@fairway/resources/model';
import type { BuildPlane, StepOrder } from '#domains/pipelines';

export interface FakeBuildPlane extends BuildPlane {
  /** Every Job that was ever started, in the order of the starts; one that is there is not started again. */
  started(): readonly StepOrder[];
  /** Jobs that are there. */
  jobs(): readonly string[];
}

export interface FakeBuilds {
  clock: Clock;
  /** How long every step runs. */
  tookMs: number;
  /** The termination message of a step. */
  result: (order: StepOrder) => string;
}

/** A build plane in memory: each Job runs for a while of the clock and succeeds. */
export function createFakeBuildPlane({ clock, tookMs, result }: FakeBuilds): FakeBuildPlane {
  const started: StepOrder[] = [];
  const jobs = new Map<string, { order: StepOrder; startedAt: number }>();
  return {
    started: () => started,
    jobs: () => [...jobs.keys()],
    namespaceOf: (organization) => `builds-${organization}`,
    start: async (order, signal) => {
      signal.throwIfAborted();
      if (jobs.has(order.jobName)) return;
      jobs.set(order.jobName, { order, startedAt: clock.now() });
      started.push(order);
    },
    observe: async (_organization, jobName, signal) => {
      signal.throwIfAborted();
      const job = jobs.get(jobName);
      if (job === undefined) return { is: 'absent' };
      const pod = `${jobName}-pod`;
      if (clock.now() < job.startedAt + tookMs) return { is: 'running', pod };
      return { is: 'finished', succeeded: true, exitCode: 0, pod, result: result(job.order) };
    },
    log: async (_organization, jobName) => (jobs.has(jobName) ? linesOf(`log of ${jobName}\n`) : undefined),
    remove: async (_organization, jobName) => void jobs.delete(jobName),
  };
}

async function* linesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
