import { askApplication } from '../harness/installation.ts';
import { type Application, greeting } from './application.ts';
import { type KillableInstallation, until } from './killable-installation.ts';

const control = (plural: string, group = 'openchoreo.dev/v1alpha1'): string => `/k8s/control/apis/${group}/namespaces/default/${plural}`;
const cluster = '/k8s/clusters/local';

interface Listed {
  metadata: { name: string; labels?: Record<string, string> };
  spec?: { owner?: { componentName?: string }; environment?: string };
  status?: { image?: string; conditions?: { type: string; status: string; reason: string; message: string }[] };
}

const list = async ({ api }: KillableInstallation, path: string): Promise<Listed[]> => {
  const { status, body } = await api('GET', path);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body}`);
  return (JSON.parse(body) as { items: Listed[] }).items;
};
const ofComponent = async (at: KillableInstallation, path: string, name: string): Promise<Listed[]> =>
  (await list(at, path)).filter(({ spec }) => spec?.owner?.componentName === name);

const answerOf = async ({ ports }: KillableInstallation, name: string, environment: string): Promise<string> => {
  const answer = await askApplication(ports.gateway, `${name}.${environment}.localhost`).catch((error: Error) => ({
    status: 0,
    body: error.message,
  }));
  return answer.status === 200 ? answer.body : `${answer.status} ${answer.body}`;
};

/** Waits until the environment's URL answers and its binding says that it is ready. */
async function isLive(at: KillableInstallation, { name }: Application, environment: string): Promise<void> {
  let seen = '';
  await until(
    () => `${name} answers in ${environment}: ${seen}`,
    async () => {
      seen = await answerOf(at, name, environment);
      if (seen !== greeting) {
        const builds = await ofComponent(at, control('builds'), name);
        const failed = builds.flatMap(({ status }) => status?.conditions ?? []).find(({ reason }) => reason === 'BuildFailed');
        if (failed !== undefined) throw new Error(`a build failed: ${failed.message}`);
        return undefined;
      }
      const binding = (await ofComponent(at, control('webapplicationbindings'), name)).find(
        ({ spec }) => spec?.environment === environment,
      );
      const ready = binding?.status?.conditions?.find(({ type }) => type === 'Ready');
      seen = `${seen}, ${ready?.message ?? 'no binding'}`;
      return ready?.status === 'True' ? true : undefined;
    },
  );
}

/** Makes the component; a request that was carried out though its answer was cut off finds it there. */
export async function createComponent({ api }: KillableInstallation, name: string): Promise<void> {
  const body = {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: {
      owner: { projectName: 'default' },
      type: 'WebApplication',
      build: {
        repository: { url: `/git/default/default/${name}.git`, revision: { branch: 'main' }, appPath: '.' },
        templateRef: { name: 'fairway' },
      },
    },
  };
  const { status, body: said } = await api('POST', control('components'), body);
  if (status !== 201 && status !== 409) throw new Error(`the component was not made: ${status} ${said}`);
}

/** A push of the commit, until its URL answers. */
export async function pushAndWait(at: KillableInstallation, application: Application): Promise<void> {
  const stop = new AbortController();
  const pushing = application.push(stop.signal);
  pushing.catch(() => {});
  try {
    await isLive(at, application, 'development');
    await pushing;
  } finally {
    stop.abort();
    await pushing.catch(() => {});
  }
}

export async function promoteAndWait(at: KillableInstallation, application: Application): Promise<void> {
  const path = `/api/v1/orgs/default/projects/default/components/${application.name}/promote`;
  const { status, body } = await at.api('POST', path, { sourceEnv: 'development', targetEnv: 'staging' });
  if (status !== 200) throw new Error(`the promotion was refused: ${status} ${body}`);
  await isLive(at, application, 'staging');
}

/** What is more or less than it should be after one push that was promoted; empty when all is as it should be. */
export async function findWrong(at: KillableInstallation, { name, ran }: Application): Promise<string[]> {
  const isOwn = ({ metadata }: Listed): boolean => metadata.name.startsWith(`${name}-`);
  const wrong: string[] = [];
  const count = (what: string, found: number, wanted: number): void => {
    if (found !== wanted) wrong.push(`${found} ${what} instead of ${wanted}`);
  };
  const bindings = await ofComponent(at, control('webapplicationbindings'), name);
  const pods = (await list(at, `${cluster}/api/v1/pods`)).filter(isOwn);
  const { builds, pods: startedIn } = await ran();
  count('builds', (await ofComponent(at, control('builds'), name)).length, 1);
  count('runs', (await ofComponent(at, control('pipelineruns', 'fairway.dev/v1'), name)).length, 1);
  count('Jobs', (await list(at, `${cluster}/apis/batch/v1/jobs`)).filter(isOwn).length, 1);
  count('pods of Jobs', pods.filter(({ metadata }) => metadata.labels?.['job-name'] !== undefined).length, 1);
  count('component releases', (await ofComponent(at, control('componentreleases', 'fairway.dev/v1'), name)).length, 1);
  count('bindings', bindings.length, 2);
  count('deployment records', (await ofComponent(at, control('deploymentrecords', 'fairway.dev/v1'), name)).length, 2);
  count('releases', (await ofComponent(at, control('releases'), name)).length, 2);
  count('images in two environments', new Set(bindings.map(({ status }) => status?.image)).size, 1);
  count('executions of the build', builds, 1);
  count('pods of the application', pods.filter(({ metadata }) => metadata.labels?.['job-name'] === undefined).length, 2);
  count('starts of the application', startedIn.length, 2);
  count('pods in which it was started', new Set(startedIn).size, 2);
  return wrong;
}
