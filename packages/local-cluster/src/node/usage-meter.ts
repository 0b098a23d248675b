import type { Clock } from '@fairway/resources/model';
import type { PodFigures } from './start-node-agent.ts';

/** What a container uses: cores over the last moments, bytes just now. */
export interface Usage {
  namespace: string;
  pod: string;
  container: string;
  cpu: number;
  memory: number;
}

interface Sample {
  at: number;
  figures: readonly PodFigures[];
}

export interface UsageMeter {
  read(): Promise<{ at: number; windowMs: number; usage: readonly Usage[] }>;
}

// Figures are counters: a rate needs two, so far apart at least, and not so far that the past hides the present.
const shortestMs = 1_000;
const longestMs = 60_000;

const idOf = ({ uid, container, restarts }: PodFigures): string => `${uid}/${container}/${restarts}`;

/** Measures when it is asked, and costs nothing otherwise. A container counts from the second measurement on. */
export function createUsageMeter({ figures, clock }: { figures: () => Promise<readonly PodFigures[]>; clock: Clock }): UsageMeter {
  let before: Sample | undefined;
  let reading: ReturnType<UsageMeter['read']> | undefined;
  const sample = async (): Promise<Sample> => ({ at: clock.now(), figures: await figures() });
  const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  const read = async (): ReturnType<UsageMeter['read']> => {
    const first = before === undefined || clock.now() - before.at > longestMs ? await sample() : before;
    const early = first.at + shortestMs - clock.now();
    if (early > 0) await wait(early);
    const second = await sample();
    before = second;
    const windowMs = Math.max(1, second.at - first.at);
    const cpuBefore = new Map(first.figures.map((each) => [idOf(each), each.cpuMs]));
    const usage = second.figures.flatMap((each) => {
      const cpuMs = cpuBefore.get(idOf(each));
      if (cpuMs === undefined) return [];
      const { namespace, pod, container, memoryBytes } = each;
      return [{ namespace, pod, container, cpu: Math.max(0, each.cpuMs - cpuMs) / windowMs, memory: memoryBytes }];
    });
    return { at: second.at, windowMs, usage };
  };
  return {
    // Those who ask at the same time get the same answer.
    read: () => {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}
