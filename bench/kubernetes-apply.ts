import { configMap, configMapsPath, measureKubernetes } from './harness/measure-kubernetes.ts';

export const name = 'kubernetes-apply';
export const reach = '≥ 5 times less CPU than kube-apiserver with etcd, p99 not worse';

/** Server-side apply of ConfigMaps over TLS, one for each connection; every request changes a field. */
export const run = () =>
  measureKubernetes({
    objects: 16,
    leastTimes: 5,
    request: {
      method: 'PATCH',
      path: `${configMapsPath}/sample-{connection}?fieldManager=bench&force=true`,
      type: 'application/apply-patch+yaml',
      body: JSON.stringify({ ...configMap('sample-{connection}'), data: { ...configMap('').data, ROUND: '{id}' } }),
    },
  });
