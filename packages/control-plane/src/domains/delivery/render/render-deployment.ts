import { annotations, dataPlaneLabels } from '../labels.ts';
import { namespaceName, runtimeName } from './names.ts';
import { endpointPorts, mergePodTemplate, portName, renderContainers } from './render-containers.ts';
import type { RenderedResource, RenderInput } from './render-input.ts';
import { isObject, type JsonObject, strategicMerge } from './strategic-merge.ts';

const pullSecretName = 'fairway-registry';

/** A new instance is ready before an old one goes, so that no request fails. A class may say otherwise. */
const defaultStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

export function renderDeployment(input: RenderInput): RenderedResource {
  const labels = dataPlaneLabels(input.scope);
  const { template, ...rest } = asObject(input.classSpec.deploymentTemplate);
  const merged = strategicMerge(
    { replicas: 1, ...(rest.strategy === undefined ? { strategy: defaultStrategy } : {}), ...rest },
    { selector: { matchLabels: labels }, ...(input.spec.releaseState === 'Suspend' ? { replicas: 0 } : {}) },
  );
  return {
    id: `${input.binding}-deployment`,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: runtimeName(input.binding), namespace: namespaceName(input.scope), labels },
      spec: { ...merged, template: mergePodTemplate(asObject(template), podTemplate(input), renderContainers(input)) },
    },
  };
}

export function podTemplate(input: RenderInput): JsonObject {
  return {
    metadata: {
      labels: dataPlaneLabels(input.scope),
      annotations: {
        [annotations.componentRelease]: input.spec.componentRelease ?? '',
        [annotations.release]: `${input.scope.organization}/${input.binding}`,
      },
    },
    spec: { imagePullSecrets: [{ name: pullSecretName }] },
  };
}

/** None for a workload without endpoints: a worker listens nowhere, and Kubernetes refuses a Service without ports. */
export function renderService(input: RenderInput): RenderedResource[] {
  const ports = endpointPorts(input).map(({ port, protocol }) => ({ name: portName(port, protocol), port, protocol, targetPort: port }));
  if (ports.length === 0) return [];
  const labels = dataPlaneLabels(input.scope);
  const spec = strategicMerge(asObject(input.classSpec.serviceTemplate), { selector: labels, type: 'ClusterIP', ports });
  return [
    {
      id: `${input.binding}-service`,
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: runtimeName(input.binding), namespace: namespaceName(input.scope), labels },
        spec,
      },
    },
  ];
}

export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
