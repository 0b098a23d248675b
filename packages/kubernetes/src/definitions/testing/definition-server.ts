import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import {
  type AdmissionRules,
  type AnyResource,
  type Caller,
  type KindRegistry,
  type Resources,
  systemClock,
} from '@fairway/resources/model';
import { startControllers } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createKubernetesHandler } from '../../server/index.ts';
import { CustomResourceDefinition, createDefinitions, definitionRules } from '../index.ts';

const caller: Caller = { principal: 'user:ada', permissions: ['*'] };

export interface Answer {
  code: number;
  headers: Headers;
  body: Record<string, unknown> & { metadata: Record<string, unknown>; spec: Record<string, unknown>; status: Record<string, unknown> } & {
    items: AnyResource[];
    message: string;
    details: { causes: { field: string; reason: string; message: string }[] };
  };
}

export interface DefinitionServer {
  url: string;
  definitions: string;
  resources: Resources;
  kinds: KindRegistry;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates a definition and waits until its kind is served. */
  define(definition: object): Promise<void>;
  /** Changes the spec's schema of the first version of a definition in this group, and waits until the kind is another. */
  redefine(plural: string, change: (spec: Record<string, unknown>) => void): Promise<void>;
  establishedOf(definition: string): Promise<string | undefined>;
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const establishedIn = ({ body }: Answer): string | undefined =>
  ((body.status?.conditions ?? []) as { type: string; status: string }[]).find(({ type }) => type === 'Established')?.status;

/** A server of users' own kinds alone, on a store in memory, gone when the test ends. */
export async function startDefinitionServer(t: TestContext): Promise<DefinitionServer> {
  const kinds = createKindRegistry();
  kinds.register(CustomResourceDefinition, definitionRules as unknown as AdmissionRules<never>);
  const resources = await openResources({
    database: openSqliteDatabase({ path: ':memory:', clock: systemClock }),
    kinds,
    clock: systemClock,
  });
  const own = createDefinitions({ kinds, rulesFor: () => ({}), log: silentLog });
  await own.load(resources);
  const loop = await startControllers({ resources, controllers: [own.controller], clock: systemClock, log: silentLog });
  const handle = createKubernetesHandler({ resources, authorize: () => {}, log: silentLog });
  const server = createServer((request, response) => void handle(request, response, { caller, basePath: '' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await loop.stop();
    await resources.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call: DefinitionServer['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { code: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : { text } };
  };
  const define = async (definition: object): Promise<void> => {
    const created = await call('POST', definitions, definition);
    if (created.code !== 201) throw new Error(`the definition was refused: ${created.body.message}`);
    const path = `${definitions}/${String(created.body.metadata.name)}`;
    const stop = AbortSignal.timeout(10_000);
    for await (const _event of resources.watchGroups(CustomResourceDefinition, {}, stop))
      if (establishedIn(await call('GET', path)) === 'True') return;
    throw new Error(`${path} was not established within 10 s`);
  };
  const establishedOf = async (definition: string): Promise<string | undefined> =>
    establishedIn(await call('GET', `${definitions}/${definition}`));
  const redefine: DefinitionServer['redefine'] = async (plural, change) => {
    const path = `${definitions}/${plural}.example.com`;
    const { body } = await call('GET', path);
    const [version] = body.spec.versions as { schema: { openAPIV3Schema: { properties: { spec: Record<string, unknown> } } } }[];
    if (version !== undefined) change(version.schema.openAPIV3Schema.properties.spec);
    const changed = new Promise<void>((resolve) => {
      const forget = kinds.onChange(() => {
        forget();
        resolve();
      });
    });
    const answer = await call('PUT', path, body);
    if (answer.code !== 200) throw new Error(`the change was refused: ${answer.body.message}`);
    await changed;
  };
  return { url, definitions, resources, kinds, call, define, redefine, establishedOf };
}

/** A definition to start from. */
export const widgets = () => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' } as Record<string, unknown>,
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] } as Record<string, unknown>,
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} } as Record<string, unknown>,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', default: 'red' } } as Record<string, unknown>,
              } as Record<string, unknown>,
              status: { type: 'object', properties: { phase: { type: 'string' }, seen: { type: 'integer' } } },
            },
          } as Record<string, unknown>,
        },
      } as Record<string, unknown>,
    ],
  } as Record<string, unknown>,
});
