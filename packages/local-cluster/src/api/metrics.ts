import { Pod } from '@fairway/contracts/builtin';
import type { Resources } from '@fairway/resources/model';
import type { RunningLoop } from '@fairway/resources/reconcile';
import type { PodFigures } from '../node/index.ts';

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

export interface RequestFigures {
  /** Counts an answered request. */
  answered(code: number): void;
  byCode(): ReadonlyMap<number, number>;
}

export function createRequestFigures(): RequestFigures {
  const counts = new Map<number, number>();
  return {
    answered: (code) => counts.set(code, (counts.get(code) ?? 0) + 1),
    byCode: () => counts,
  };
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

const escaped = (value: string): string => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
const sampleLine = (name: string, [labels, value]: Sample): string => {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}`;
};
const family = (name: string, type: 'gauge' | 'counter', options: { help: string; samples: readonly Sample[] }): string =>
  [`# HELP ${name} ${options.help}`, `# TYPE ${name} ${type}`, ...options.samples.map((sample) => sampleLine(name, sample))].join('\n');

async function podSamples(resources: Resources): Promise<Sample[]> {
  const counts = new Map(['Pending', 'Running', 'Succeeded', 'Failed'].map((phase) => [phase, 0]));
  for (const { status } of (await resources.list(Pod)).items) {
    const phase = status?.phase ?? 'Pending';
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return [...counts].map(([phase, count]) => [{ phase }, count]);
}

/** Figures of this process, its loops and its pods, as Prometheus reads them. */
export async function renderMetrics(deps: {
  resources: Resources;
  loop: RunningLoop;
  requests: RequestFigures;
  pods: readonly PodFigures[];
}): Promise<string> {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const loops = deps.loop.figures();
  const byLoop = (pick: (figures: (typeof loops)[number]) => number): Sample[] =>
    loops.map((figures) => [{ controller: figures.controller }, pick(figures)]);
  const byContainer = (pick: (figures: PodFigures) => number): Sample[] =>
    deps.pods.map((figures) => [{ namespace: figures.namespace, pod: figures.pod, container: figures.container }, pick(figures)]);
  const parts = [
    family('process_resident_memory_bytes', 'gauge', { help: 'Resident memory.', samples: [[{}, rss]] }),
    family('process_heap_bytes', 'gauge', { help: 'Used heap.', samples: [[{}, heapUsed]] }),
    family('process_cpu_seconds_total', 'counter', { help: 'Processor time.', samples: [[{}, (user + system) / 1e6]] }),
    family('process_uptime_seconds', 'gauge', { help: 'Time since the start.', samples: [[{}, process.uptime()]] }),
    family('fairway_reconcile_queued', 'gauge', { help: 'Keys that wait.', samples: byLoop(({ queued }) => queued) }),
    family('fairway_reconcile_running', 'gauge', { help: 'Reconciles at work.', samples: byLoop(({ running }) => running) }),
    family('fairway_reconcile_total', 'counter', { help: 'Reconciles that ended.', samples: byLoop(({ reconciled }) => reconciled) }),
    family('fairway_reconcile_failed_total', 'counter', { help: 'Reconciles that threw.', samples: byLoop(({ failed }) => failed) }),
    family('fairway_pods', 'gauge', { help: 'Pods by phase.', samples: await podSamples(deps.resources) }),
    family('container_cpu_usage_seconds_total', 'counter', {
      help: 'Processor time of a container.',
      samples: byContainer(({ cpuMs }) => cpuMs / 1e3),
    }),
    family('container_memory_working_set_bytes', 'gauge', {
      help: 'Memory of a container.',
      samples: byContainer(({ memoryBytes }) => memoryBytes),
    }),
    family('container_processes', 'gauge', { help: 'Processes of a container.', samples: byContainer(({ processes }) => processes) }),
    family('fairway_container_restarts_total', 'counter', {
      help: 'Restarts of a container.',
      samples: byContainer(({ restarts }) => restarts),
    }),
    family('fairway_requests_total', 'counter', {
      help: 'Answered requests by code.',
      samples: [...deps.requests.byCode()].map(([code, count]) => [{ code: String(code) }, count]),
    }),
  ];
  return `${parts.join('\n')}\n`;
}
