import type { Kind, PrinterColumn, ScalePaths, Schema } from '@fairway/contracts';
import type { Key, Resource } from './resource.ts';

export type { Kind, PrinterColumn, ScalePaths, Schema };

export type ResourceOf<K> = K extends Kind<infer Spec, infer Status> ? Resource<Spec, Status> : never;

/** `Deployment.apps`, `Pod.` (core): the key of a kind in every table and map. Versions are not part of it. */
export type KindId = string;

// A write asks for both a dozen times: joined anew, each would be hashed anew as well.
const kindIds = new WeakMap<object, KindId>();
const apiVersions = new WeakMap<object, string>();

export const kindId = (kind: { group: string; kind: string }): KindId => {
  const known = kindIds.get(kind);
  if (known !== undefined) return known;
  const id = `${kind.kind}.${kind.group}`;
  kindIds.set(kind, id);
  return id;
};
export const apiVersionOf = (kind: { group: string; version: string }): string => {
  if (kind.group === '') return kind.version;
  const known = apiVersions.get(kind);
  if (known !== undefined) return known;
  const version = `${kind.group}/${kind.version}`;
  apiVersions.set(kind, version);
  return version;
};
export const kindIdOf = (object: { apiVersion: string; kind: string }): KindId => {
  const slash = object.apiVersion.indexOf('/');
  return `${object.kind}.${slash === -1 ? '' : object.apiVersion.slice(0, slash)}`;
};
export const keyOf = (object: Resource): Key =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name }
    : { namespace: object.metadata.namespace, name: object.metadata.name };
