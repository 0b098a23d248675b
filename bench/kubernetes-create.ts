import { configMap, configMapsPath, measureKubernetes } from './harness/measure-kubernetes.ts';

export const name = 'kubernetes-create';
export const reach = '≥ 5 times less CPU than kube-apiserver with etcd, p99 not worse';

/** POST of ConfigMaps over TLS, each durable before it is answered. */
export const run = () =>
  measureKubernetes({
    objects: 1,
    leastTimes: 5,
    request: { method: 'POST', path: configMapsPath, body: JSON.stringify(configMap('made-{id}')) },
  });
