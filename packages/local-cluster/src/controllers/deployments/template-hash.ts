import { createHash } from 'node:crypto';
import type { PodTemplateSpec } from '@fairway/contracts/builtin';
import { safeDigits } from '../pods/make-pod.ts';

export const templateHashLabel = 'pod-template-hash';

// Clients in Go send null and empty lists for what is absent.
const saysNothing = (value: unknown): boolean => value === null || value === undefined || (Array.isArray(value) && value.length === 0);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !saysNothing(inner))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};

const withoutHash = (template: PodTemplateSpec): PodTemplateSpec => {
  const { [templateHashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
};

/** The template as one text, whatever the order of its keys and whichever set it was written for. */
export const templateText = (template: PodTemplateSpec): string => JSON.stringify(sorted(withoutHash(template)));

const hashChars = 10;

/** Ten characters that name the pods of one template. `collisions` makes another name when an unrelated set has the first one. */
export const templateHash = (template: PodTemplateSpec, collisions = 0): string =>
  safeDigits(createHash('sha256').update(templateText(template)).update(String(collisions)).digest(), hashChars);
