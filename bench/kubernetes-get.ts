import { configMapsPath, measureKubernetes } from './harness/measure-kubernetes.ts';

export const name = 'kubernetes-get';
export const reach = '≥ 10 times less CPU than kube-apiserver with etcd, p99 not worse';

/** GET of one ConfigMap over TLS. */
export const run = () => measureKubernetes({ objects: 1, leastTimes: 10, request: { method: 'GET', path: `${configMapsPath}/sample-00` } });
