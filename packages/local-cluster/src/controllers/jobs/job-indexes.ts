import type { PodTemplateSpec } from '@fairway/contracts/builtin';
import type { PodObject } from '../pods/pod-state.ts';
import type { JobObject } from './job-state.ts';

const indexKey = 'batch.kubernetes.io/job-completion-index';
const failuresKey = 'batch.kubernetes.io/job-index-failure-count';

export const isIndexed = ({ spec }: JobObject): boolean => spec?.completionMode === 'Indexed';

/** The number of the work that a pod does; undefined for a pod of a job without numbers. */
export const indexOf = (pod: PodObject): number | undefined => {
  const text = pod.metadata.annotations?.[indexKey] ?? pod.metadata.labels?.[indexKey] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
};

/** How often the index had failed before this pod. */
export const failuresBefore = (pod: PodObject): number => Number(pod.metadata.annotations?.[failuresKey] ?? 0) || 0;

/** Reads `1,3-5,7` as status has it. What does not fit below `completions` is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [from = '', to = from] = part.split('-');
    if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) continue;
    for (let index = Number(from); index <= Math.min(Number(to), completions - 1); index += 1) found.add(index);
  }
  return found;
}

/** Numbers as `1,3-5,7`: three and more in a row become a range. */
export function formatIndexes(indexes: Iterable<number>): string {
  const runs: [number, number][] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === index) last[1] = index;
    else runs.push([index, index]);
  }
  const parts = runs.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`));
  return parts.join(',');
}

/** The lowest numbers that nobody has done, given up or works at. */
export function freeIndexes(taken: readonly ReadonlySet<number>[], { completions, most }: { completions: number; most: number }): number[] {
  const free: number[] = [];
  for (let index = 0; index < completions && free.length < most; index += 1)
    if (!taken.some((indexes) => indexes.has(index))) free.push(index);
  return free;
}

/** The template with the number in label, annotation, host name and `JOB_COMPLETION_INDEX`. */
export function indexedTemplate(template: PodTemplateSpec, work: { job: string; index: number; failures: number }): PodTemplateSpec {
  const { metadata, spec } = template;
  const text = String(work.index);
  const variable = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` } },
  };
  const withIndex = (containers: typeof spec.containers) =>
    containers.map((container) => ({
      ...container,
      env: [...(container.env ?? []).filter(({ name }) => name !== variable.name), variable],
    }));
  return {
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, [indexKey]: text },
      annotations: { ...metadata?.annotations, [indexKey]: text, [failuresKey]: String(work.failures) },
    },
    spec: {
      ...spec,
      hostname: `${work.job}-${work.index}`,
      containers: withIndex(spec.containers),
      ...(spec.initContainers === undefined ? {} : { initContainers: withIndex(spec.initContainers) }),
    },
  };
}
