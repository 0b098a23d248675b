import {
  type BindingSpec,
  ConfigurationGroup,
  DeploymentRecord,
  type DeploymentRecordSpec,
  Secret,
  type SecretSpec,
  SecretVersion,
} from '@fairway/contracts';
import type { Resource, Resources } from '@fairway/resources/model';
import type { Scope } from '../labels.ts';
import { InvalidConfiguration } from '../render/render-input.ts';
import { type BindingWork, type Configuration, type Step, stopWaiting } from './binding-work.ts';
import { configurationValue, configurationValues } from './configuration-value.ts';
import { dependencyOf } from './dependency-index.ts';

/** Most secrets that one component can be given; a namespace with more of its name is a mistake. */
const maxSecrets = 500;

/** What a secret says of its use when its values are a cluster's: they open far more than any component may. */
const isForClusters = ({ metadata }: Resource<SecretSpec>): boolean => metadata.labels?.['fairway.dev/use'] === 'cluster-credentials';

/**
 * The values of this environment: whole groups and secrets that are named as the component, and what the workload asks for one by one. With a
 * deployment record set (a rollback) values and secret versions are the record's, not today's.
 */
export const resolveConfiguration: Step = async (work, { resources }) => {
  const dependencies = [...work.dependencies, ...configurationDependencies(work.spec, work.scope)];
  try {
    const record = await pinnedRecord(resources, work);
    const values = record?.configuration ?? (await currentValues(resources, work));
    const secrets = await secretVariables(resources, work, record);
    const secretVersions = Object.fromEntries(Object.values(secrets).map(({ name, version }) => [name, version]));
    const configuration: Configuration = { values, secrets, secretVersions };
    return { next: { ...work, configuration, dependencies } };
  } catch (error) {
    if (error instanceof InvalidConfiguration) return stopWaiting('InvalidConfiguration', error.message, dependencies);
    throw error;
  }
};

/** A secret of another name that says it is for a component is found by this. */
export const secretsOfComponent = (organization: string, component: string): string => `SecretOf/${organization}/${component}`;

function configurationDependencies(spec: BindingSpec, scope: Scope): string[] {
  const { organization, component, environment } = scope;
  const references = referencesOf(spec);
  const groups = [component, ...references.flatMap((each) => (each.group === undefined ? [] : [each.group.name]))];
  const secrets = [
    component,
    `${component}-${environment}`,
    ...references.flatMap((each) => (each.secret === undefined ? [] : [each.secret.name])),
  ];
  return [
    ...groups.map((name) => dependencyOf(ConfigurationGroup, organization, name)),
    ...secrets.map((name) => dependencyOf(Secret, organization, name)),
    secretsOfComponent(organization, component),
  ];
}

interface Reference {
  variable: string;
  group?: { name: string; key: string };
  secret?: { name: string; key: string };
}

function referencesOf(spec: BindingSpec): Reference[] {
  const env = Object.values(spec.workloadSpec?.containers ?? {}).flatMap((container) => container.env ?? []);
  return env.flatMap(({ key, valueFrom }) => {
    if (valueFrom === undefined) return [];
    const { configurationGroupRef: group, secretRef: secret } = valueFrom;
    return [{ variable: key, ...(group === undefined ? {} : { group }), ...(secret === undefined ? {} : { secret }) }];
  });
}

async function pinnedRecord(resources: Resources, { spec, scope }: BindingWork): Promise<DeploymentRecordSpec | undefined> {
  if (spec.deploymentRecord === undefined) return undefined;
  const record = await resources.get(DeploymentRecord, { namespace: scope.organization, name: spec.deploymentRecord });
  if (record?.spec !== undefined) return record.spec;
  throw new InvalidConfiguration(`Deployment record "${spec.deploymentRecord}" is gone: roll back to another one, or deploy again.`);
}

async function currentValues(resources: Resources, { spec, scope }: BindingWork): Promise<Record<string, string>> {
  const namespace = scope.organization;
  const own = await resources.get(ConfigurationGroup, { namespace, name: scope.component });
  const given = own?.spec === undefined ? {} : configurationValues(own.spec, scope.component, scope.environment);
  // By name, so that a group whose entries only changed places restarts nothing.
  const values = Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const { variable, group } of referencesOf(spec)) {
    if (group === undefined) continue;
    const found = await resources.get(ConfigurationGroup, { namespace, name: group.name });
    const value = found?.spec && configurationValue(found.spec, group.name, { key: group.key, environment: scope.environment });
    if (value === undefined) {
      throw new InvalidConfiguration(
        `Variable "${variable}" comes from key "${group.key}" of ConfigurationGroup "${group.name}", which has no value for environment "${scope.environment}".`,
      );
    }
    values[variable] = value;
  }
  return values;
}

type SecretVariables = Record<string, { name: string; version: number; key: string }>;

async function secretVariables(
  resources: Resources,
  work: BindingWork,
  record: DeploymentRecordSpec | undefined,
): Promise<SecretVariables> {
  const variables: SecretVariables = {};
  for (const secret of await wholeSecrets(resources, work.scope)) {
    const name = secret.metadata.name;
    const version = record === undefined ? secret.spec?.currentVersion : record.secretVersions[name];
    if (version === undefined) continue;
    const keys = await keysOf(resources, work.scope.organization, { name, version });
    for (const key of keys) variables[key] = { name, version, key };
  }
  for (const { variable, secret } of referencesOf(work.spec)) {
    if (secret === undefined) continue;
    variables[variable] = await referencedSecret(resources, work.scope, { variable, ...secret, recorded: record?.secretVersions });
  }
  return variables;
}

async function referencedSecret(
  resources: Resources,
  scope: Scope,
  asked: { variable: string; name: string; key: string; recorded: Readonly<Record<string, number>> | undefined },
): Promise<{ name: string; version: number; key: string }> {
  const { variable, name, key } = asked;
  const secret = await resources.get(Secret, { namespace: scope.organization, name });
  if (secret?.spec === undefined)
    throw new InvalidConfiguration(`Variable "${variable}" comes from Secret "${name}", which does not exist.`);
  if (isForClusters(secret))
    throw new InvalidConfiguration(
      `Secret "${name}" holds credentials of a cluster and is given to no application: take another for variable "${variable}".`,
    );
  if (secret.spec.environment !== undefined && secret.spec.environment !== scope.environment) {
    throw new InvalidConfiguration(
      `Secret "${name}" is for environment "${secret.spec.environment}" alone, not for "${scope.environment}".`,
    );
  }
  const version = asked.recorded?.[name] ?? secret.spec.currentVersion;
  if (version === undefined) throw new InvalidConfiguration(`Secret "${name}" has no values yet: set them with stringData.`);
  const keys = await keysOf(resources, scope.organization, { name, version });
  if (!keys.includes(key))
    throw new InvalidConfiguration(`Variable "${variable}" asks for key "${key}", which Secret "${name}" does not have.`);
  return { name, version, key };
}

/** Most general first, so that what is said for one environment wins. */
async function wholeSecrets(resources: Resources, scope: Scope): Promise<Resource<SecretSpec>[]> {
  const { organization: namespace, component, environment } = scope;
  const byName = await Promise.all([component, `${component}-${environment}`].map((name) => resources.get(Secret, { namespace, name })));
  const labelled = await resources.list(Secret, { namespace, labelSelector: `openchoreo.dev/component=${component}`, limit: maxSecrets });
  const all = new Map<string, Resource<SecretSpec>>();
  for (const secret of [...byName, ...labelled.items]) {
    if (secret?.spec === undefined || secret.metadata.deletionTimestamp !== undefined || isForClusters(secret)) continue;
    const isForUs = (secret.spec.component ?? component) === component && (secret.spec.environment ?? environment) === environment;
    if (isForUs) all.set(secret.metadata.name, secret);
  }
  const narrowness = (secret: Resource<SecretSpec>): number =>
    secret.spec?.environment !== undefined || secret.metadata.name === `${component}-${environment}` ? 1 : 0;
  return [...all.values()].sort((a, b) => narrowness(a) - narrowness(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

const secretVersionName = (secret: string, version: number): string => `${secret}-v${version}`;

async function keysOf(resources: Resources, namespace: string, { name, version }: { name: string; version: number }): Promise<string[]> {
  const found = await resources.get(SecretVersion, { namespace, name: secretVersionName(name, version) });
  if (found?.spec === undefined) {
    throw new InvalidConfiguration(`Version ${version} of Secret "${name}" is gone: set the secret again, or deploy with the current one.`);
  }
  return Object.keys(found.spec.sealed).sort();
}
