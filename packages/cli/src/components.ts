import {
  type BindingObject,
  type BuildObject,
  type ComponentPlace,
  type Fairway,
  kinds,
  type ResourceClient,
  type ResourceObject,
} from '@fairway/sdk';
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

/** The release of the first of these bindings that is ready. */
export function readyRelease(bindings: readonly BindingObject[]): string | undefined {
  const isReady = ({ status }: BindingObject): boolean =>
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  return bindings.find(isReady)?.status?.componentRelease;
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
export const requireEnvironment = (fairway: Fairway, place: { organization: string; environment: string }, signal: AbortSignal) =>
  requireNamed(fairway.resources<ResourceObject>(kinds.environment), {
    ...{ what: 'environment', name: place.environment, organization: place.organization, signal },
    ifNone: 'fairway doctor looks at the installation',
  });

/** Fails when there is no such project, with the names that are there. */
export const requireProject = (fairway: Fairway, place: { organization: string; project: string }, signal: AbortSignal) =>
  requireNamed(fairway.resources<ResourceObject>(kinds.project), {
    ...{ what: 'project', name: place.project, organization: place.organization, signal },
    ifNone: 'fairway deploy FOLDER makes the first one',
  });

const maxShownNames = 20;

async function requireNamed(
  kind: ResourceClient<ResourceObject>,
  of: { what: string; name: string; organization: string; ifNone: string; signal: AbortSignal },
): Promise<void> {
  const at = { namespace: of.organization, signal: of.signal };
  if ((await kind.get(of.name, at)) !== undefined) return;
  const { items } = await kind.list({ ...at, limit: maxShownNames });
  throw new CommandError({
    message: `there is no ${of.what} ${of.name} in ${of.organization}`,
    exitCode: exitCodes.notFound,
    hint: items.length === 0 ? of.ifNone : `there are: ${items.map(({ metadata }) => metadata.name).join(', ')}`,
  });
}
