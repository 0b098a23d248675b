import type { Container, Pod, PodStatus } from '@fairway/contracts/builtin';
import type { ResourceOf } from '@fairway/resources/model';

export type PodObject = ResourceOf<typeof Pod>;
export type ContainerSpec = Container;
export type PodStatusValue = PodStatus;

export const uidOf = (pod: PodObject): string => pod.metadata.uid ?? '';
export const namespaceOf = (pod: PodObject): string => pod.metadata.namespace ?? 'default';
export const keyOfPod = (pod: PodObject): { namespace: string; name: string } => ({ namespace: namespaceOf(pod), name: pod.metadata.name });
export const isOver = (pod: PodObject): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

export const finalizer = 'fairway.dev/node-agent';
export const portsAnnotation = 'fairway.dev/ports';
export const fixedPortAnnotation = 'fairway.dev/fixed-port';
export const machineSettingsAnnotation = 'fairway.dev/machine-settings';
export const drainAnnotation = 'fairway.dev/drain-seconds';

/** Runs beside the pod's containers from before their start until after their end. */
export const isSidecar = ({ restartPolicy }: ContainerSpec, isInit: boolean): boolean => isInit && restartPolicy === 'Always';

/** Container ports in the order of the manifest; TCP alone, since UDP cannot be allotted by listening. */
export const containerPortsOf = (containers: readonly ContainerSpec[]): number[] => [
  ...new Set(
    containers.flatMap(({ ports = [] }) =>
      ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ containerPort }) => containerPort),
    ),
  ),
];
