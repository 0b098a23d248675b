import { InvalidConfiguration, type RenderInput, type Variable } from './render-input.ts';
import { secretKey, secretName } from './render-secret.ts';
import { isObject, type JsonObject, strategicMerge } from './strategic-merge.ts';

/** Key of the container that a class template describes. */
const templateContainer = 'main';

/** The containers of the workload, in the order of their names; `ports` only where something listens. */
export function renderContainers(input: RenderInput): JsonObject[] {
  const containers = Object.entries(input.spec.workloadSpec?.containers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (containers.length === 0)
    throw new InvalidConfiguration('The workload has no container: add spec.workloadSpec.containers.main with an image.');
  const serving = containers.some(([name]) => name === templateContainer) ? templateContainer : containers[0]?.[0];
  return containers.map(([name, container]) => {
    const env = (input.variables[name] ?? []).map((variable) => renderVariable(input, variable));
    const ports = name === serving ? renderPorts(input) : [];
    return {
      name,
      image: container.image,
      ...(container.command === undefined ? {} : { command: container.command }),
      ...(container.args === undefined ? {} : { args: container.args }),
      ...(env.length === 0 ? {} : { env }),
      ...(ports.length === 0 ? {} : { ports }),
    };
  });
}

/**
 * A pod template of the class with the workload laid over it. A class describes a container `main` without image; where the workload names
 * its containers otherwise, that description is given to each of them instead of staying behind as a container that cannot start.
 */
export function mergePodTemplate(classTemplate: JsonObject, podTemplate: JsonObject, containers: readonly JsonObject[]): JsonObject {
  const classSpec = isObject(classTemplate.spec) ? classTemplate.spec : {};
  const classContainers = Array.isArray(classSpec.containers) ? classSpec.containers.filter(isObject) : [];
  const named = new Set(containers.map((container) => container.name));
  const pattern = classContainers.find((container) => container.name === templateContainer && container.image === undefined);
  const kept = classContainers.filter((container) => named.has(container.name) || container.image !== undefined);
  const base = { ...classTemplate, spec: { ...classSpec, containers: kept } };
  const own = containers.map((container) =>
    pattern !== undefined && !kept.some((other) => other.name === container.name) ? strategicMerge(pattern, container) : container,
  );
  return strategicMerge(base, strategicMerge(podTemplate, { spec: { containers: own } }));
}

/** Ports of the endpoints, each once by number and protocol. */
export function endpointPorts(input: RenderInput): { port: number; protocol: 'TCP' | 'UDP' }[] {
  const ports = new Map<string, { port: number; protocol: 'TCP' | 'UDP' }>();
  for (const [, { port, type }] of sortedEndpoints(input)) {
    const protocol = type === 'UDP' ? 'UDP' : 'TCP';
    ports.set(`${port}/${protocol}`, { port, protocol });
  }
  return [...ports.values()];
}

/** In the order of their names, so that the same workload always gives the same objects. */
export const sortedEndpoints = (input: Pick<RenderInput, 'spec'>) =>
  Object.entries(input.spec.workloadSpec?.endpoints ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

const renderPorts = (input: RenderInput): JsonObject[] =>
  endpointPorts(input).map(({ port, protocol }) => ({ name: portName(port, protocol), containerPort: port, protocol }));

export const portName = (port: number, protocol: string): string => `ep-${port}-${protocol.toLowerCase()}`;

const renderVariable = (input: RenderInput, variable: Variable): JsonObject =>
  'secret' in variable
    ? { name: variable.name, valueFrom: { secretKeyRef: { name: secretName(input), key: secretKey(variable.secret) } } }
    : { name: variable.name, value: variable.value };
