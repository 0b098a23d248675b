export const groupsPath = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/configurationgroups';

/** An object of usual size: three labels, four values. */
export const sampleGroup = (name: string) => ({
  apiVersion: 'openchoreo.dev/v1alpha1',
  kind: 'ConfigurationGroup',
  metadata: { name, namespace: 'default', labels: { team: 'payments', tier: 'backend', region: 'eu' } },
  spec: {
    configurations: ['LOG_LEVEL', 'CACHE_SIZE', 'RETRY_LIMIT', 'GREETING'].map((key) => ({
      key,
      values: [{ environment: 'development', value: `value of ${key}` }],
    })),
  },
});
