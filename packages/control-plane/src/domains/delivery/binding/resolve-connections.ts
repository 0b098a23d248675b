import { isIP } from 'node:net';
import { type EndpointStatus, ServiceBinding, type WorkloadConnection } from '@fairway/contracts';
import type { Resources } from '@fairway/resources/model';
import type { Scope } from '../labels.ts';
import { namespaceName } from '../render/names.ts';
import type { Variable } from '../render/render-input.ts';
import { type BindingWork, type Step, stopWaiting } from './binding-work.ts';
import { dependencyOf } from './dependency-index.ts';

type Address = NonNullable<EndpointStatus['project']>;

/** Variables that tell where other components of the same environment are. A missing one is said and waited for. */
export const resolveConnections: Step = async (work, { resources }) => {
  const connected: Variable[] = [];
  const dependencies = [...work.dependencies];
  const connections = Object.entries(work.spec.workloadSpec?.connections ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, connection] of connections) {
    const component = connection.params?.componentName ?? '';
    dependencies.push(bindingOf(work.scope.organization, component, work.scope.environment));
    const address = await addressOf(resources, work.scope, connection);
    if (typeof address === 'string') return stopWaiting('ConnectionTargetNotFound', `Connection "${name}": ${address}`, dependencies);
    for (const { name: variable, value } of connection.inject.env) connected.push({ name: variable, value: fill(value, address) });
  }
  return { next: { ...work, connected, dependencies } };
};

/** What a binding of a component in an environment is called among dependencies, whatever its name is. */
export const bindingOf = (organization: string, component: string, environment: string): string =>
  dependencyOf({ kind: 'BindingOf' }, organization, `${component}/${environment}`);

async function addressOf(resources: Resources, scope: Scope, { params }: WorkloadConnection): Promise<Address | string> {
  const { componentName = '', endpoint = '', projectName } = params ?? {};
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(componentName)) return 'it names no component: set params.componentName';
  const { items } = await resources.list(ServiceBinding, {
    namespace: scope.organization,
    fieldSelector: `spec.owner.componentName=${componentName},spec.environment=${scope.environment}`,
    limit: 10,
  });
  const target = items.find(({ spec }) => projectName === undefined || projectName === '' || spec?.owner.projectName === projectName);
  if (target?.spec === undefined)
    return `service "${componentName}" is not in environment "${scope.environment}": deploy or promote it there`;
  if (target.spec.workloadSpec?.endpoints?.[endpoint] === undefined)
    return `service "${componentName}" offers no endpoint "${endpoint}" in environment "${scope.environment}"`;
  const found = (target.status?.endpoints ?? []).find((each) => each.name === endpoint)?.project;
  if (found === undefined) return `service "${componentName}" has no address in environment "${scope.environment}" yet`;
  return target.spec.owner.projectName === scope.project
    ? found
    : fromElsewhere(found, { ...scope, project: target.spec.owner.projectName });
}

/** A bare Service name resolves inside its own namespace only; components of another project lie in another one. An IP address is the same for all. */
function fromElsewhere(address: Address, target: Scope): Address {
  if (isIP(address.host) !== 0) return address;
  const host = `${address.host}.${namespaceName(target)}`;
  return { ...address, host, ...(address.uri === undefined ? {} : { uri: address.uri.replace(address.host, host) }) };
}

const plainField = /\{\{\s*\.(\w+)\s*\}\}/g;

/** `{{ .host }}` and its like become values; a template that asks for something else is left as it is, as OpenChoreo does. */
export function fill(template: string, address: Address): string {
  const values: Readonly<Record<string, string>> = {
    host: address.host,
    port: String(address.port),
    scheme: address.scheme ?? '',
    basePath: address.basePath ?? '',
    uri: address.uri ?? '',
    url: address.uri ?? '',
  };
  let isPlain = true;
  const value = (field: string): string => {
    if (!Object.hasOwn(values, field)) isPlain = false;
    return values[field] ?? '';
  };
  // Each pattern is linear: whoever writes a workload chooses the text, and reconcilers of all organizations wait for it.
  const filled = template.replace(plainField, (_, field: string) => value(field));
  const rest = template.replace(plainField, ' ');
  const open = rest.indexOf('{{');
  return isPlain && (open === -1 || !rest.includes('}}', open)) ? filled : template;
}

/** Variables of one container: its own, then configuration, then secrets, then connections. The environment's value wins over the workload's. */
export function variablesOf(work: BindingWork): Record<string, Variable[]> {
  const containers = Object.entries(work.spec.workloadSpec?.containers ?? {});
  return Object.fromEntries(
    containers.map(([name, { env = [] }]) => {
      const explicit = new Set(env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ key }) => key));
      const variables = new Map<string, Variable>();
      for (const { key, value } of env) variables.set(key, { name: key, value: value ?? '' });
      for (const [key, value] of Object.entries(work.configuration.values)) variables.set(key, { name: key, value });
      for (const [key, secret] of Object.entries(work.configuration.secrets)) {
        const fromGroup = explicit.has(key) && env.some((each) => each.key === key && each.valueFrom?.configurationGroupRef !== undefined);
        if (!fromGroup) variables.set(key, { name: key, secret });
      }
      for (const variable of work.connected) variables.set(variable.name, variable);
      return [name, [...variables.values()]];
    }),
  );
}
