import { ApiClass, type ApiClassSpec, DataPlane, Environment } from '@fairway/contracts';
import { type BindingWork, type Step, stopWaiting } from './binding-work.ts';
import { dependencyOf } from './dependency-index.ts';

/** The classes of the platform that the workload is laid over. */
export const resolveClass: Step = async (work, { resources }) => {
  const namespace = work.scope.organization;
  const { row, spec } = work;
  const dependencies = [...work.dependencies, dependencyOf(row.class, namespace, spec.className)];
  const found = await resources.get(row.class, { namespace, name: spec.className });
  if (found === undefined) {
    return stopWaiting(`${row.class.kind}NotFound`, `${row.class.kind} "${spec.className}" not found`, dependencies);
  }
  const apiClasses: Record<string, ApiClassSpec> = {};
  for (const [api, { className }] of Object.entries(spec.apis ?? {})) {
    dependencies.push(dependencyOf(ApiClass, namespace, className));
    const apiClass = await resources.get(ApiClass, { namespace, name: className });
    if (apiClass === undefined) return stopWaiting('APIClassNotFound', `APIClass "${className}" not found for API "${api}"`, dependencies);
    apiClasses[className] = apiClass.spec ?? {};
  }
  return { next: { ...work, classSpec: found.spec ?? {}, apiClasses, dependencies } };
};

/** The environment and its data plane must be there, and the data plane must be able to run the image. */
export const checkPlacement: Step = async (work, { resources, signal }, { baseOfImage }) => {
  const namespace = work.scope.organization;
  const dependencies = [...work.dependencies, dependencyOf(Environment, namespace, work.scope.environment)];
  const environment = await resources.get(Environment, { namespace, name: work.scope.environment });
  if (environment === undefined) {
    return stopWaiting(
      'EnvironmentNotFound',
      `Environment "${work.scope.environment}" not found: create it, or delete this binding`,
      dependencies,
    );
  }
  const planeName = environment.spec?.dataPlaneRef ?? 'default';
  dependencies.push(dependencyOf(DataPlane, namespace, planeName));
  const plane = await resources.get(DataPlane, { namespace, name: planeName });
  if (plane === undefined) {
    const message = `DataPlane "${planeName}" of environment "${work.scope.environment}" not found: create it, or set spec.dataPlaneRef`;
    return stopWaiting('DataPlaneNotFound', message, dependencies);
  }
  const bare = plane.spec?.clusterRef === 'local' ? undefined : await imageWithoutBase(work, (image) => baseOfImage(image, signal));
  if (bare === undefined) return { next: { ...work, dependencies } };
  const message =
    `Image ${bare} holds the application alone and runs on the built-in cluster only; data plane "${planeName}" needs an image with a base. ` +
    'Fairway builds none with one yet: choose an environment of the built-in cluster, or let the Workload name an image that was built elsewhere.';
  return stopWaiting('InvalidConfiguration', message, dependencies);
};

async function imageWithoutBase(
  { spec }: BindingWork,
  baseOf: (image: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const { image } of Object.values(spec.workloadSpec?.containers ?? {})) {
    if ((await baseOf(image)) === 'none') return image;
  }
  return undefined;
}
