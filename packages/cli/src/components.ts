import { type BindingObject, type BuildObject, type ComponentPlace, type Fairway, kinds, type ResourceObject } from '@fairway/sdk';
import { CommandError, exitCodes } from './exit-codes.ts';

export type ComponentObject = ResourceObject<{ owner: { projectName: string }; type: string }>;

const bindingKinds = [kinds.webApplicationBinding, kinds.serviceBinding, kinds.scheduledTaskBinding] as const;

/** All objects of a stream of pages. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Bindings of one component, or of all components of an organization. */
export async function bindingsOf(
  fairway: Fairway,
  of: { organization: string; component?: string },
  signal: AbortSignal,
): Promise<BindingObject[]> {
  const selector = of.component === undefined ? {} : { fieldSelector: `spec.owner.componentName=${of.component}` };
  const pages = await Promise.all(
    bindingKinds.map((kind) => collect(fairway.resources<BindingObject>(kind).all({ namespace: of.organization, ...selector, signal }))),
  );
  return pages.flat();
}

/** The build that was made last. Ids are time-ordered to the millisecond; creation times know seconds only. */
export async function latestBuild(fairway: Fairway, place: ComponentPlace, signal: AbortSignal): Promise<BuildObject | undefined> {
  const fieldSelector = `spec.owner.componentName=${place.component}`;
  const builds = await collect(fairway.resources<BuildObject>(kinds.build).all({ namespace: place.organization, fieldSelector, signal }));
  return newest(builds);
}

const newest = <R extends ResourceObject>(objects: readonly R[]): R | undefined =>
  objects.toSorted((a, b) => ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1)).at(-1);

/** Fails when there is no such component, with the names that are there. */
export async function requireComponent(fairway: Fairway, place: ComponentPlace, signal: AbortSignal): Promise<ComponentObject> {
  const components = fairway.resources<ComponentObject>(kinds.component);
  const known = await components.get(place.component, { namespace: place.organization, signal });
  const owner = known?.spec?.owner.projectName;
  if (known !== undefined && owner === place.project) return known;
  if (owner !== undefined)
    throw new CommandError({
      message: `there is no component ${place.component} in project ${place.project}`,
      exitCode: exitCodes.notFound,
      hint: `project ${owner} has one: ${owner}/${place.component}`,
    });
  const { items } = await components.list({ namespace: place.organization, limit: 20, signal });
  const names = items.map(({ metadata }) => metadata.name).join(', ');
  throw new CommandError({
    message: `there is no component ${place.component} in ${place.organization}`,
    exitCode: exitCodes.notFound,
    hint: names === '' ? 'fairway deploy FOLDER makes the first one' : `there are: ${names}`,
  });
}

/** Fails when there is no such environment, with the names that are there: what is set for it would never be used. */
export async function requireEnvironment(
  fairway: Fairway,
  { organization, environment }: { organization: string; environment: string },
  signal: AbortSignal,
): Promise<void> {
  const environments = fairway.resources<ResourceObject>(kinds.environment);
  if ((await environments.get(environment, { namespace: organization, signal })) !== undefined) return;
  const { items } = await environments.list({ namespace: organization, limit: 20, signal });
  throw new CommandError({
    message: `there is no environment ${environment} in ${organization}`,
    exitCode: exitCodes.notFound,
    hint:
      items.length === 0
        ? 'fairway doctor looks at the installation'
        : `there are: ${items.map(({ metadata }) => metadata.name).join(', ')}`,
  });
}
