import type { Kind, PrinterColumn, Schema } from '@fairway/contracts';
import type { Key, Resource } from './resource.ts';

export type { Kind, PrinterColumn, Schema };

export type ResourceOf<K> = K extends Kind<infer Spec, infer Status> ? Resource<Spec, Status> : never;

/** `Deployment.apps`, `Pod.` (core): the key of a kind in every table and map. Versions are not part of it. */
export type KindId = string;

export const kindId = (kind: { group: string; kind: string }): KindId => `${kind.kind}.${kind.group}`;
export const apiVersionOf = (kind: { group: string; version: string }): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
export const kindIdOf = (object: { apiVersion: string; kind: string }): KindId => {
  const slash = object.apiVersion.indexOf('/');
  return `${object.kind}.${slash === -1 ? '' : object.apiVersion.slice(0, slash)}`;
};
export const keyOf = (object: Resource): Key =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name }
    : { namespace: object.metadata.namespace, name: object.metadata.name };
