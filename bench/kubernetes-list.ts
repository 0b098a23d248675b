import { configMapsPath, measureKubernetes } from './harness/measure-kubernetes.ts';

export const name = 'kubernetes-list';
export const reach = '≥ 5 times less CPU than kube-apiserver with etcd, p99 not worse';

/** LIST of 100 ConfigMaps over TLS. */
export const run = () => measureKubernetes({ objects: 100, leastTimes: 5, request: { method: 'GET', path: configMapsPath } });
