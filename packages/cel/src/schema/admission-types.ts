import { type DeclaredType, declaredList, declaredMap, declaredObject, declaredScalars } from './declared-type.ts';

const { bool, dyn, int, string, timestamp } = declaredScalars;
/** Nobody estimates costs by these, so they have no bounds. */
const unbounded = -1;
const strings = declaredList(string, unbounded);
const stringMap = declaredMap(string, unbounded);

const object = (name: string, fields: Readonly<Record<string, DeclaredType>>): DeclaredType =>
  declaredObject(`kubernetes.${name}`, Object.entries(fields));

const kind = object('GroupVersionKind', { group: string, version: string, kind: string });
const resource = object('GroupVersionResource', { group: string, version: string, resource: string });

const userInfo = object('UserInfo', { username: string, uid: string, groups: strings, extra: declaredMap(strings, unbounded) });

const request = object('AdmissionRequest', {
  kind,
  resource,
  subResource: string,
  requestKind: kind,
  requestResource: resource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo,
  dryRun: bool,
  options: dyn,
});

const condition = object('NamespaceCondition', {
  status: string,
  type: string,
  lastTransitionTime: timestamp,
  message: string,
  reason: string,
});

const metadata = object('NamespaceMetadata', {
  name: string,
  generateName: string,
  namespace: string,
  labels: stringMap,
  annotations: stringMap,
  UID: string,
  creationTimestamp: timestamp,
  deletionGracePeriodSeconds: int,
  deletionTimestamp: timestamp,
  generation: int,
  resourceVersion: string,
  finalizers: strings,
});

const namespace = object('Namespace', {
  metadata,
  spec: object('NamespaceSpec', { finalizers: strings }),
  status: object('NamespaceStatus', { conditions: declaredList(condition, unbounded), phase: string }),
});

/** What admission policies know of the request and of its namespace. */
export const admissionTypes = { request, namespace } as const;
