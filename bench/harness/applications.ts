import { setTimeout as pause } from 'node:timers/promises';
import type { Installation } from './installation.ts';

const api = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
const lookMs = 20;

interface Binding {
  metadata: { name: string };
  spec: { owner: { componentName: string }; workloadSpec?: { containers?: Record<string, { image: string }> } };
  status?: { conditions?: { type: string; status: string; message: string }[] };
}

/** Deploys the Node example once and answers its image. */
export const buildSample = async (installation: Installation): Promise<string> => {
  await installation.fairway(['deploy', await installation.application('node-hello', 'sample'), '--name', 'sample']);
  const { items } = await installation.api<{ items: Binding[] }>('GET', `${api}/webapplicationbindings`);
  const image = items.find(({ spec }) => spec.owner.componentName === 'sample')?.spec.workloadSpec?.containers?.main?.image;
  if (image === undefined)
    throw new Error(`the sample has no image: ${JSON.stringify(items.map(({ metadata, spec }) => [metadata.name, spec]))}`);
  return image;
};

export const makeComponents = (installation: Installation, names: readonly string[]): Promise<unknown> =>
  Promise.all(
    names.map((name) =>
      installation.api('POST', `${api}/components`, {
        apiVersion: 'openchoreo.dev/v1alpha1',
        kind: 'Component',
        metadata: { name },
        spec: { owner: { projectName: 'default' }, type: 'WebApplication' },
      }),
    ),
  );

/** Binds each component to `development` and waits until all are ready; answers how long that took. */
export const bindAll = async (
  installation: Installation,
  { names, image, withinMs }: { names: readonly string[]; image: string; withinMs: number },
): Promise<number> => {
  const startedAt = performance.now();
  await Promise.all(
    names.map((name) =>
      installation.api('POST', `${api}/webapplicationbindings`, {
        apiVersion: 'openchoreo.dev/v1alpha1',
        kind: 'WebApplicationBinding',
        metadata: { name },
        spec: {
          owner: { projectName: 'default', componentName: name },
          environment: 'development',
          workloadSpec: { containers: { main: { image } }, endpoints: { http: { type: 'HTTP', port: 8080 } } },
        },
      }),
    ),
  );
  for (;;) {
    const { items } = await installation.api<{ items: Binding[] }>('GET', `${api}/webapplicationbindings`);
    const waiting = items.filter(
      ({ metadata, status }) =>
        names.includes(metadata.name) &&
        !status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    );
    const tookMs = performance.now() - startedAt;
    if (waiting.length === 0) return tookMs;
    if (tookMs > withinMs) {
      const [first] = waiting;
      const why = first?.status?.conditions?.[0]?.message ?? 'no status';
      throw new Error(`${waiting.length} of ${names.length} applications are not ready: ${first?.metadata.name}: ${why}`);
    }
    await pause(lookMs);
  }
};
