import {
  ConfigMap,
  type ConfigMapFields,
  type EnvFromSource,
  type EnvVar,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
  type SecretFields,
} from '@fairway/contracts/builtin';
import { invalid, type Resources } from '@fairway/resources/model';
import { expandReferences } from './expand-references.ts';
import { type ContainerSpec, namespaceOf, type PodObject } from './pod-object.ts';

type Texts = Readonly<Record<string, string>>;

const decode = (values: Texts = {}): Texts =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));

export interface Configuration {
  /** Data of a ConfigMap or Secret of the pod's namespace; undefined when it is absent. */
  configMap(name: string): Promise<Texts | undefined>;
  secret(name: string): Promise<Texts | undefined>;
  /** Where the files of a claim lie. Throws `invalid` while it has no volume. */
  claimFolder(name: string): Promise<string>;
}

/** Reads ConfigMaps and Secrets, each once. */
export function createConfiguration(resources: Resources, namespace: string): Configuration {
  const read = new Map<string, Promise<Texts | undefined>>();
  const once = (key: string, load: () => Promise<Texts | undefined>): Promise<Texts | undefined> => {
    const found = read.get(key) ?? load();
    read.set(key, found);
    return found;
  };
  return {
    configMap: (name) =>
      once(`c/${name}`, async () => {
        const found = (await resources.get(ConfigMap, { namespace, name })) as ConfigMapFields | undefined;
        return found === undefined ? undefined : { ...decode(found.binaryData), ...found.data };
      }),
    secret: (name) =>
      once(`s/${name}`, async () => {
        const found = (await resources.get(Secret, { namespace, name })) as SecretFields | undefined;
        return found === undefined ? undefined : decode(found.data);
      }),
    async claimFolder(name) {
      const claim = await resources.get(PersistentVolumeClaim, { namespace, name });
      if (claim === undefined) throw invalid(`persistentvolumeclaim "${name}" not found`);
      if (claim.status?.phase !== 'Bound') throw invalid(`persistentvolumeclaim "${name}" is not bound to a volume yet`);
      const volume = await resources.get(PersistentVolume, { name: claim.spec?.volumeName ?? '' });
      const path = volume?.spec?.claimRef?.uid === claim.metadata.uid ? volume?.spec?.hostPath?.path : undefined;
      if (path === undefined) throw invalid(`persistentvolumeclaim "${name}" has lost its volume: make the claim anew`);
      return path;
    },
  };
}

const fieldOf = (pod: PodObject, path: string, nodeName: string): string => {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed !== null) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': namespaceOf(pod),
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName ?? 'default',
    'status.hostIP': '127.0.0.1',
    'status.podIP': '127.0.0.1',
    'status.podIPs': '127.0.0.1',
    'status.hostIPs': '127.0.0.1',
  };
  const value = fields[path];
  if (value === undefined) throw invalid(`fieldRef "${path}" is not a field that a pod can read`);
  return value;
};

const absent = (what: string, name: string, key?: string): Error =>
  invalid(
    `${what} "${name}" ${key === undefined ? 'does not exist' : `has no key "${key}"`}: create it, or mark the reference as optional`,
  );

interface EnvScope {
  pod: PodObject;
  nodeName: string;
  configuration: Configuration;
}

async function variableOf({ valueFrom, value }: EnvVar, scope: EnvScope, known: Texts): Promise<string | undefined> {
  if (valueFrom === undefined) return expandReferences(value ?? '', known);
  if (valueFrom.fieldRef !== undefined) return fieldOf(scope.pod, valueFrom.fieldRef.fieldPath, scope.nodeName);
  if (valueFrom.resourceFieldRef !== undefined)
    throw invalid('resourceFieldRef has no meaning for processes without limits: write the value');
  const { configMapKeyRef, secretKeyRef } = valueFrom;
  const reference = configMapKeyRef ?? secretKeyRef;
  if (reference === undefined) throw invalid('valueFrom names no source');
  const isConfigMap = configMapKeyRef !== undefined;
  const data = await (isConfigMap ? scope.configuration.configMap(reference.name) : scope.configuration.secret(reference.name));
  const found = data?.[reference.key];
  if (found !== undefined || reference.optional === true) return found;
  throw absent(isConfigMap ? 'ConfigMap' : 'Secret', reference.name, data === undefined ? undefined : reference.key);
}

async function valuesFrom({ prefix = '', configMapRef, secretRef }: EnvFromSource, { configuration }: EnvScope): Promise<Texts> {
  const reference = configMapRef ?? secretRef;
  if (reference === undefined) return {};
  const data = await (configMapRef === undefined ? configuration.secret(reference.name) : configuration.configMap(reference.name));
  if (data === undefined && reference.optional !== true) throw absent(configMapRef === undefined ? 'Secret' : 'ConfigMap', reference.name);
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [`${prefix}${key}`, value]));
}

/** Variables that the pod's manifest gives a container. What is missing and not optional is a Problem that names it. */
export async function resolveEnv(container: ContainerSpec, scope: EnvScope, given: Texts): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const source of container.envFrom ?? []) Object.assign(env, await valuesFrom(source, scope));
  for (const variable of container.env ?? []) {
    const value = await variableOf(variable, scope, { ...given, ...env });
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}
