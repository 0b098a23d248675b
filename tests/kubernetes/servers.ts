import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startKubernetes } from '../../tools/kubernetes/start-kubernetes.ts';
import { startInstallation } from '../end-to-end/installation.ts';
import { good } from './case.ts';
import { type Address, type Client, createClient } from './client.ts';
import { crd } from './configuration-group-crd.ts';
import { configMap, configurationGroup, createSubject, type Subject, type SubjectName, type TestKind } from './subject.ts';

const commonNamespace = 'conformance';
const readyLimitMs = 30_000;
const lookMs = 50;

/** Servers that run, each started when it is first asked for. */
export interface Servers {
  address(server: 'control' | 'local' | 'real'): Promise<Address>;
  /** What a subject's cases are given; `own` is a name that no other case has. */
  subject(name: SubjectName): Promise<(own: string) => Subject>;
  stop(): Promise<void>;
}

export function createServers(): Servers {
  const stops: (() => Promise<void>)[] = [];
  const ours = once(async () => {
    const installation = await startInstallation();
    stops.push(() => installation.end());
    return installation;
  });
  const real = once(async () => {
    const kubernetes = await startKubernetes();
    stops.push(() => kubernetes.stop());
    return kubernetes;
  });
  const address: Servers['address'] = async (server) => {
    if (server === 'real') return real();
    const { home, ports, token } = await ours();
    const ca = await readFile(join(home, 'pki', 'ca.crt'), 'utf8');
    if (server === 'control') return { url: `https://127.0.0.1:${ports.tls}/k8s/control`, ca, token };
    const [known] = JSON.parse(await readFile(join(home, 'local-cluster', 'tokens.json'), 'utf8')) as { token: string }[];
    return { url: `https://127.0.0.1:${ports.cluster}`, ca, token: known?.token ?? '' };
  };
  return {
    address,
    subject: async (name) => {
      const client = createClient(await address(name === 'custom' ? 'real' : name));
      stops.push(async () => client.close());
      const makeNamespace = name === 'control' ? makeOrganization : makePlainNamespace;
      if (name === 'custom') await installKind(client);
      await makeNamespace(client, commonNamespace);
      return (own) => createSubject({ subject: name, client, kind: kinds[name], namespace: commonNamespace, own, makeNamespace });
    },
    stop: async () => {
      const results = await Promise.allSettled(stops.reverse().map((stop) => stop()));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
  };
}

const kinds: Readonly<Record<SubjectName, TestKind>> = {
  real: configMap,
  local: configMap,
  custom: configurationGroup,
  control: configurationGroup,
};

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Two subjects of one server share their namespace. */
async function makePlainNamespace(client: Client, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const answer = await client.ask({ method: 'POST', path: '/api/v1/namespaces', body });
  if (answer.status !== 409) good(answer);
}

/** On the platform a namespace is an organization. */
async function makeOrganization(client: Client, name: string): Promise<void> {
  const body = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Organization', metadata: { name }, spec: {} };
  good(await client.ask({ method: 'POST', path: '/apis/openchoreo.dev/v1alpha1/organizations', body }));
}

/** Teaches the real server the platform's kind, and waits until it is served. */
async function installKind(client: Client): Promise<void> {
  good(await client.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: crd }));
  const deadline = performance.now() + readyLimitMs;
  for (const path of ['/apis/openchoreo.dev/v1alpha1/namespaces/default/configurationgroups', '/openapi/v3/apis/openchoreo.dev/v1alpha1'])
    while ((await client.ask({ path })).status !== 200) {
      if (performance.now() > deadline) throw new Error(`GET ${path} is not answered with 200 within ${readyLimitMs} ms`);
      await delay(lookMs);
    }
}
