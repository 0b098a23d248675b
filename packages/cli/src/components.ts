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
  if (known !== undefined) return known;
  const { items } = await components.list({ namespace: place.organization, limit: 20, signal });
  const names = items.map(({ metadata }) => metadata.name).join(', ');
  throw new CommandError({
    message: `there is no component ${place.component} in ${place.organization}`,
    exitCode: exitCodes.notFound,
    hint: names === '' ? 'fairway deploy FOLDER makes the first one' : `there are: ${names}`,
  });
}
