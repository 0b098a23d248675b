const text = { type: 'string' };
const texts = { type: 'object', additionalProperties: text };
const list = (properties: object, required: readonly string[]) => ({ type: 'array', items: { type: 'object', properties, required } });

const spec = {
  type: 'object',
  required: ['configurations'],
  properties: {
    scope: { ...texts, default: {} },
    environmentGroups: list({ name: text, environments: { type: 'array', items: text } }, ['name', 'environments']),
    configurations: list({ key: text, values: list({ environment: text, value: text }, []) }, ['key', 'values']),
  },
};
const condition = { type: text, status: text, reason: text, message: text, lastTransitionTime: { type: 'string', format: 'date-time' } };
const status = {
  type: 'object',
  properties: {
    observedGeneration: { type: 'integer' },
    conditions: { ...list(condition, ['type', 'status']), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
  },
};

/** The platform's ConfigurationGroup as a custom resource, so that a real server can be asked how it treats such a kind. */
export const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'configurationgroups.openchoreo.dev' },
  spec: {
    group: 'openchoreo.dev',
    scope: 'Namespaced',
    names: { kind: 'ConfigurationGroup', plural: 'configurationgroups', singular: 'configurationgroup', shortNames: ['configgrp'] },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } } },
      },
    ],
  },
};
