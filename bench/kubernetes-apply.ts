import { configMap, configMapsPath, measureKubernetes } from './harness/measure-kubernetes.ts';

export const name = 'kubernetes-apply';
export const reach = '≥ 5 times less CPU than kube-apiserver with etcd, p99 not worse';

/** Server-side apply of one field of a ConfigMap over TLS: every request changes it. */
export const run = () =>
  measureKubernetes({
    objects: 1,
    leastTimes: 5,
    request: {
      method: 'PATCH',
      path: `${configMapsPath}/sample-0?fieldManager=bench&force=true`,
      type: 'application/apply-patch+yaml',
      body: JSON.stringify({ ...configMap('sample-0'), data: { ...configMap('').data, ROUND: '{id}' } }),
    },
  });
