import type { Answer, Asked, Client, KubeObject, Watching } from './client.ts';

/** The servers that are compared, and on the real one the platform's kind as a custom resource: the judge of what is said about kinds with a group. */
export const subjectNames = ['real', 'custom', 'local', 'control'] as const;
export type SubjectName = (typeof subjectNames)[number];

/** The namespaced kind that a subject is tried with. It has a map of texts that nobody but the test writes. */
export interface TestKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  /** Where the map lies in an object. */
  dataPath: readonly string[];
  /** What an object must have beside it. */
  rest: object;
}

export const configMap: TestKind = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  dataPath: ['data'],
  rest: {},
};
export const configurationGroup: TestKind = {
  group: 'openchoreo.dev',
  version: 'v1alpha1',
  kind: 'ConfigurationGroup',
  plural: 'configurationgroups',
  singular: 'configurationgroup',
  dataPath: ['spec', 'scope'],
  rest: { spec: { configurations: [] } },
};

type Data = Readonly<Record<string, unknown>>;
type Metadata = Readonly<Record<string, unknown>>;

/** One server and its test kind, with a name and a namespace for one case. */
export interface Subject extends TestKind {
  subject: SubjectName;
  client: Client;
  apiVersion: string;
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  base: string;
  /** As messages name the resource and the kind: `configurationgroups.openchoreo.dev`, `ConfigurationGroup.openchoreo.dev`. */
  qualified: string;
  qualifiedKind: string;
  /** A namespace that other cases use too. */
  namespace: string;
  /** Names that no other case uses. */
  own: string;
  collection: string;
  path(name: string): string;
  /** An object of the test kind. */
  make(name: string, data?: Data, metadata?: Metadata): object;
  /** The map alone, at its place. */
  fragment(data: unknown): object;
  dataOf(object: KubeObject): unknown;
  /** The map's place as messages and JSON pointers write it. */
  field: string;
  pointer: string;
  /** The details of a Status about the test kind. */
  details(name: string, more?: object): object;
  ask(asked: Asked): Promise<Answer>;
  create(object: unknown, query?: string): Promise<Answer>;
  get(name: string, query?: string): Promise<Answer>;
  list(query?: string): Promise<Answer>;
  put(name: string, object: unknown, query?: string): Promise<Answer>;
  /** `type`: json-patch+json, merge-patch+json, strategic-merge-patch+json or apply-patch+yaml. */
  patch(name: string, type: PatchType, body: unknown, query?: string): Promise<Answer>;
  apply(manager: string, object: unknown, query?: string): Promise<Answer>;
  remove(name: string, options?: unknown, query?: string): Promise<Answer>;
  watch(query: string, accept?: string): Promise<Watching>;
  /** The same subject in a namespace that nobody else uses. */
  alone(): Promise<Subject>;
}
export type PatchType = 'json-patch+json' | 'merge-patch+json' | 'strategic-merge-patch+json' | 'apply-patch+yaml';

const nested = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;

export function createSubject(of: {
  subject: SubjectName;
  client: Client;
  kind: TestKind;
  namespace: string;
  own: string;
  makeNamespace: (client: Client, name: string) => Promise<void>;
}): Subject {
  const { client, kind, namespace, own } = of;
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersion}`;
  const collection = `${base}/namespaces/${namespace}/${kind.plural}`;
  const path = (name: string): string => `${collection}/${name}`;
  const suffix = kind.group === '' ? '' : `.${kind.group}`;
  const fragment = (data: unknown): object => nested(kind.dataPath, data);
  const ask: Subject['ask'] = (asked) => client.ask(asked);
  const patch: Subject['patch'] = (name, type, body, query = '') =>
    ask({ method: 'PATCH', path: `${path(name)}${query}`, type: `application/${type}`, body });
  return {
    ...kind,
    subject: of.subject,
    client,
    apiVersion,
    base,
    namespace,
    own,
    collection,
    path,
    qualified: `${kind.plural}${suffix}`,
    qualifiedKind: `${kind.kind}${suffix}`,
    field: `.${kind.dataPath.join('.')}`,
    pointer: `/${kind.dataPath.join('/')}`,
    fragment,
    make: (name, data = {}, metadata = {}) =>
      merged({ apiVersion, kind: kind.kind, metadata: { name, ...metadata } }, kind.rest, fragment(data)),
    dataOf: (object) => kind.dataPath.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], object),
    details: (name, more = {}) => ({ name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, ...more }),
    ask,
    create: (object, query = '') => ask({ method: 'POST', path: `${collection}${query}`, body: object }),
    get: (name, query = '') => ask({ path: `${path(name)}${query}` }),
    list: (query = '') => ask({ path: `${collection}${query}` }),
    put: (name, object, query = '') => ask({ method: 'PUT', path: `${path(name)}${query}`, body: object }),
    patch,
    apply: (manager, object, query = '') => {
      const { name } = (object as KubeObject).metadata;
      return patch(name, 'apply-patch+yaml', object, `?fieldManager=${manager}${query}`);
    },
    remove: (name, options, query = '') => ask({ method: 'DELETE', path: `${path(name)}${query}`, body: options }),
    watch: (query, accept) => client.watch(`${collection}?watch=true${query}`, accept),
    alone: async () => {
      await of.makeNamespace(client, own);
      return createSubject({ ...of, namespace: own });
    },
  };
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Maps in one another; what comes later wins. */
function merged(...parts: readonly object[]): object {
  const result: Record<string, unknown> = {};
  for (const part of parts)
    for (const [key, value] of Object.entries(part)) {
      const known = result[key];
      result[key] = isMap(known) && isMap(value) ? merged(known, value) : value;
    }
  return result;
}
