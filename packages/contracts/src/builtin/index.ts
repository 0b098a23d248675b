/**
 * The Kubernetes kinds that the local cluster serves and that every plane speaks: Pod, Deployment, Service, HTTPRoute and the others.
 * Like the kinds of the control plane they are declared with TypeBox (table.ts leads to all of them) and loaded as generated JSON, so that
 * no process pays for TypeBox. Imports nothing of ours. Kinds with fields beside spec and status have a type `<Kind>Fields` for them.
 */
import { readFileSync } from 'node:fs';
import table from '../../generated/builtin.json' with { type: 'json' };
import type { Kind, Schema } from '../kind.ts';
import type * as autoscaling from './autoscaling.ts';
import type * as core from './core.ts';
import type * as network from './network.ts';
import type * as pod from './pod.ts';
import type * as policy from './policy.ts';
import type * as sets from './sets.ts';
import type * as storage from './storage.ts';
import type * as workloads from './workloads.ts';

export type { HorizontalPodAutoscalerSpec, MetricSpec, MetricStatus, ScalingRules } from './autoscaling.ts';
export type {
  ConfigMapFields,
  EventFields,
  LeaseSpec,
  NamespaceSpec,
  NamespaceStatus,
  NodeSpec,
  NodeStatus,
  SecretFields,
  ServiceAccountFields,
} from './core.ts';
export type {
  BackendReference,
  EndpointSliceFields,
  EndpointsFields,
  GatewayClassSpec,
  GatewaySpec,
  GatewayStatus,
  HttpRouteMatch,
  HttpRouteRule,
  HttpRouteSpec,
  HttpRouteStatus,
  ParentReference,
  PolicySpec,
  ServicePort,
  ServiceSpec,
  ServiceStatus,
  SliceEndpoint,
  SlicePort,
} from './network.ts';
export type {
  Container,
  ContainerPort,
  ContainerState,
  ContainerStatus,
  EnvFromSource,
  EnvVar,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Probe,
  Volume,
  VolumeMount,
} from './pod.ts';
export type {
  ControllerRevisionFields,
  DaemonSetSpec,
  DaemonSetStatus,
  StatefulSetSpec,
  StatefulSetStatus,
} from './sets.ts';
export type { KubernetesCondition, LabelSelector, ObjectReference } from './shapes.ts';
export type { ClaimTemplate, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, PersistentVolumeSpec } from './storage.ts';
export type {
  CronJobSpec,
  CronJobStatus,
  DeploymentSpec,
  DeploymentStatus,
  JobSpec,
  JobStatus,
  ReplicaSetSpec,
  ReplicaSetStatus,
} from './workloads.ts';

let schemas: Readonly<Record<string, Schema>> | undefined;

/** Read when the first is asked for: gateway and control plane need names alone. Equal parts, as each pod template is, are kept once. */
function schemaOf(id: string): Schema {
  if (schemas === undefined) {
    const parts = new Map<string, object>();
    const kept = (_key: string, value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      const text = JSON.stringify(value);
      const part = parts.get(text) ?? value;
      parts.set(text, part);
      return part;
    };
    const read = JSON.parse(readFileSync(new URL('../../generated/builtin-schemas.json', import.meta.url), 'utf8'), kept);
    schemas = read as Readonly<Record<string, Schema>>;
  }
  const schema = schemas[id];
  if (schema === undefined) throw new Error(`no schema of ${id} in generated/builtin-schemas.json: run npm run generate`);
  return schema;
}

const withSchema = (names: Omit<Kind, 'schema'>, id: string): Kind => ({
  ...names,
  get schema() {
    return schemaOf(id);
  },
});

const byId = new Map(
  (table as unknown as Omit<Kind, 'schema'>[]).map((names) => {
    const id = `${names.kind}.${names.group}`;
    return [id, withSchema(names, id)];
  }),
);
const kind = <Spec, Status>(id: string): Kind<Spec, Status> => {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`no kind ${id} in generated/builtin.json: run npm run generate`);
  return found as Kind<Spec, Status>;
};

/** All Kubernetes kinds of the local cluster, in the order of their table. */
export const builtinKinds: readonly Kind[] = [...byId.values()];

export const Namespace = kind<core.NamespaceSpec, core.NamespaceStatus>('Namespace.');
export const Node = kind<core.NodeSpec, core.NodeStatus>('Node.');
export const Pod = kind<pod.PodSpec, pod.PodStatus>('Pod.');
/** With `ConfigMapFields`. */
export const ConfigMap = kind<never, never>('ConfigMap.');
/** With `SecretFields`. */
export const Secret = kind<never, never>('Secret.');
/** With `ServiceAccountFields`. */
export const ServiceAccount = kind<never, never>('ServiceAccount.');
/** With `EventFields`. */
export const Event = kind<never, never>('Event.');
export const Service = kind<network.ServiceSpec, network.ServiceStatus>('Service.');
/** With `EndpointsFields`. */
export const Endpoints = kind<never, never>('Endpoints.');
export const PersistentVolumeClaim = kind<storage.PersistentVolumeClaimSpec, storage.PersistentVolumeClaimStatus>('PersistentVolumeClaim.');
export const PersistentVolume = kind<storage.PersistentVolumeSpec, storage.PersistentVolumeStatus>('PersistentVolume.');
export const ResourceQuota = kind<policy.ResourceQuotaSpec, policy.ResourceQuotaStatus>('ResourceQuota.');
export const HorizontalPodAutoscaler = kind<autoscaling.HorizontalPodAutoscalerSpec, autoscaling.HorizontalPodAutoscalerStatus>(
  'HorizontalPodAutoscaler.autoscaling',
);
export const StatefulSet = kind<sets.StatefulSetSpec, sets.StatefulSetStatus>('StatefulSet.apps');
export const DaemonSet = kind<sets.DaemonSetSpec, sets.DaemonSetStatus>('DaemonSet.apps');
/** With `ControllerRevisionFields`. */
export const ControllerRevision = kind<never, never>('ControllerRevision.apps');
export const Deployment = kind<workloads.DeploymentSpec, workloads.DeploymentStatus>('Deployment.apps');
export const ReplicaSet = kind<workloads.ReplicaSetSpec, workloads.ReplicaSetStatus>('ReplicaSet.apps');
export const Job = kind<workloads.JobSpec, workloads.JobStatus>('Job.batch');
export const CronJob = kind<workloads.CronJobSpec, workloads.CronJobStatus>('CronJob.batch');
/** With `EndpointSliceFields`. */
export const EndpointSlice = kind<never, never>('EndpointSlice.discovery.k8s.io');
export const Lease = kind<core.LeaseSpec, never>('Lease.coordination.k8s.io');
export const GatewayClass = kind<network.GatewayClassSpec, network.GatewayClassStatus>('GatewayClass.gateway.networking.k8s.io');
export const Gateway = kind<network.GatewaySpec, network.GatewayStatus>('Gateway.gateway.networking.k8s.io');
export const HttpRoute = kind<network.HttpRouteSpec, network.HttpRouteStatus>('HTTPRoute.gateway.networking.k8s.io');
export const SecurityPolicy = kind<network.PolicySpec, Record<string, unknown>>('SecurityPolicy.gateway.envoyproxy.io');
export const BackendTrafficPolicy = kind<network.PolicySpec, Record<string, unknown>>('BackendTrafficPolicy.gateway.envoyproxy.io');
