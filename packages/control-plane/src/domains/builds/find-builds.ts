import { Build } from '@fairway/contracts';
import { conflict, type ListQuery, type Resources } from '@fairway/resources/model';
import { headLabel, triggerLabel } from './build-labels.ts';
import { buildName } from './build-name.ts';
import type { KnownBuilds } from './decide-build.ts';

export interface ComponentPlace {
  namespace: string;
  component: string;
}

/** Of so many builds one has succeeded; who fails more often than that builds once more than needed. */
const recentBuilds = 100;
// One is enough, but a build of the same source may have failed after it had spared the head its own.
const markedBuilds = 10;
const maxAttempts = 1_000;

/** The builds of a component, in a list's words. */
export const ofComponent = ({ namespace, component }: ComponentPlace): ListQuery => ({
  namespace,
  fieldSelector: `spec.owner.componentName=${component}`,
});

/** What a decision about a head needs to know. It costs the same of ten builds and of ten thousand. */
export async function findKnownBuilds(resources: Resources, place: ComponentPlace, commit: string): Promise<KnownBuilds> {
  const newest = async (limit: number, labelSelector?: string) => {
    const { items } = await resources.list(Build, {
      ...ofComponent(place),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      newestFirst: true,
      limit,
    });
    return items;
  };
  const [recent, pushed, marked] = await Promise.all([
    newest(recentBuilds),
    newest(1, `${triggerLabel}=push`),
    newest(markedBuilds, `${headLabel}=${commit}`),
  ]);
  return { newestPush: pushed[0], marked, recent };
}

/** The first name of a commit's build that is free. A commit that comes back by force is built under the next one. */
export async function freeBuildName(resources: Resources, { namespace, component }: ComponentPlace, commit: string): Promise<string> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const name = buildName(component, commit, attempt);
    if ((await resources.get(Build, { namespace, name })) === undefined) return name;
  }
  throw conflict(
    `commit ${commit.slice(0, 8)} of "${component}" has ${maxAttempts} builds already: delete some of them, or push another commit`,
  );
}
