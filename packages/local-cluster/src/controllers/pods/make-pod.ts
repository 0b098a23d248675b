import { Pod, type PodTemplateSpec } from '@fairway/contracts/builtin';
import { apiVersionOf, type Kind, type OwnerReference, type Resource } from '@fairway/resources/model';
import type { PodObject } from './pod-state.ts';

/** Kubernetes' alphabet of generated names: no vowels, so that no word appears by accident. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters for the end of a name, from a source of bytes. */
export const createNameSuffix = (randomBytes: (size: number) => Uint8Array) => (): string =>
  Array.from(randomBytes(5), (byte) => nameAlphabet[byte % nameAlphabet.length]).join('');

/** Digits of a digest in the alphabet of names. */
export const safeDigits = (bytes: Uint8Array, length: number): string =>
  Array.from(bytes.subarray(0, length), (byte) => nameAlphabet[byte % nameAlphabet.length]).join('');

export const controllerReference = (kind: Kind, owner: Resource): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

export interface PodPlan {
  template: PodTemplateSpec;
  owner: OwnerReference;
  namespace: string;
  /** Without its random end. A long one is cut, so that the whole fits a host name. */
  prefix: string;
  suffix: string;
  labels?: Record<string, string>;
  finalizers?: string[];
}

const maxPrefixChars = 57;

/** One pod of a template. */
export const makePod = ({ template, owner, namespace, prefix, suffix, labels, finalizers = [] }: PodPlan): PodObject => {
  const cut = `${prefix}-`.slice(0, maxPrefixChars);
  const own = [...(template.metadata?.finalizers ?? []), ...finalizers];
  return {
    apiVersion: 'v1',
    kind: Pod.kind,
    metadata: {
      name: `${cut}${suffix}`,
      generateName: cut,
      namespace,
      labels: { ...template.metadata?.labels, ...labels },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [owner],
      ...(own.length === 0 ? {} : { finalizers: own }),
    },
    spec: template.spec,
  };
};
