import {
  builtinKinds,
  ConfigMap,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  ResourceQuota,
  Secret,
  Service,
  StatefulSet,
} from '@fairway/contracts/builtin';
import { CustomResourceDefinition, definitionRules } from '@fairway/kubernetes/definitions';
import {
  type AdmissionRules,
  type AnyResource,
  type Kind,
  type KindId,
  type KindRegistry,
  kindId,
  type ResourceOf,
} from '@fairway/resources/model';
import type { AddressPlan } from '../proxy/index.ts';
import { claimRules } from './rules/claim-rules.ts';
import { configMapRules, secretRules } from './rules/configuration-rules.ts';
import { cronJobRules, jobRules } from './rules/job-rules.ts';
import { namespaceRules, withNamespace } from './rules/namespace-rules.ts';
import { withPodRules } from './rules/pod-rules.ts';
import { quotaRules, withQuota } from './rules/quota-rules.ts';
import { serviceRules } from './rules/service-rules.ts';
import { daemonSetRules, statefulSetRules } from './rules/set-rules.ts';
import { deploymentRules, replicaSetRules } from './rules/workload-rules.ts';

// The cast forgets which kind the rules are for; the row says it.
const row = (kind: { group: string; kind: string }, rules: object): [KindId, AdmissionRules<AnyResource>] => [
  kindId(kind),
  rules as AdmissionRules<AnyResource>,
];

export interface RegisterKindsDeps {
  podRules: AdmissionRules<ResourceOf<typeof Pod>>;
  addressPlan: AddressPlan;
}

/** Registers every kind of the cluster with its rules, audit off. Pods' own rules come from the node. */
export function registerKinds(registry: KindRegistry, deps: RegisterKindsDeps): void {
  const rulesOf = new Map([
    row(Namespace, namespaceRules),
    row(Pod, withPodRules(deps.podRules)),
    row(Deployment, deploymentRules),
    row(ReplicaSet, replicaSetRules),
    row(StatefulSet, statefulSetRules),
    row(DaemonSet, daemonSetRules),
    row(PersistentVolumeClaim, claimRules),
    row(ResourceQuota, quotaRules),
    row(Job, jobRules),
    row(CronJob, cronJobRules),
    row(Service, serviceRules(deps.addressPlan)),
    row(ConfigMap, configMapRules),
    row(Secret, secretRules),
  ]);
  for (const kind of builtinKinds) {
    const rules: AdmissionRules<AnyResource> = { ...rulesOf.get(kindId(kind)), audited: false };
    registry.register(kind, withNamespace(kind, withQuota(kind, rules)) as Parameters<KindRegistry['register']>[1]);
  }
  registry.register(CustomResourceDefinition, { ...definitionRules, audited: false });
}

/** What holds for objects of users' own kinds beside their schema. */
export const rulesOfDefined = (kind: Kind): AdmissionRules<AnyResource> => withNamespace(kind, withQuota(kind, { audited: false }));
