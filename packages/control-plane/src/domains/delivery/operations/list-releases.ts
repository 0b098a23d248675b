import { ComponentRelease, type ComponentReleaseSpec } from '@fairway/contracts';
import type { Caller, Resource } from '@fairway/resources/model';
import { recordsOf, wasHealthy } from '../binding/deployment-records.ts';
import { bindingsOf } from '../binding/find-bindings.ts';
import { type ComponentAddress, rowOfComponent } from './find-component.ts';
import type { Operation } from './promote-component.ts';

export interface ListedRelease {
  name: string;
  number: number;
  commit?: string;
  build?: string;
  createdAt?: string;
  images: string[];
  /** Where it is bound now. */
  environments: { name: string; binding: string; isHealthy: boolean }[];
  /** Where it was deployed before, newest first: what a rollback can choose. */
  deployments: { record: string; environment: string; at?: string; principal: string; wasHealthy: boolean }[];
}

/** All releases of a component, newest first, with where they run and ran. */
export async function listReleases({ resources }: Operation, _caller: Caller, input: ComponentAddress): Promise<ListedRelease[]> {
  const row = await rowOfComponent(resources, input);
  const bindings = await bindingsOf(resources, row, input);
  const records = await Promise.all(
    bindings.map(({ metadata }) =>
      recordsOf(resources, { organization: input.organization, kind: row.binding.kind, binding: metadata.name }),
    ),
  );
  const { items } = await resources.list(ComponentRelease, {
    namespace: input.organization,
    fieldSelector: `spec.owner.componentName=${input.component}`,
  });
  const releases = items.filter(({ spec }) => spec?.owner.projectName === input.project);
  releases.sort((a, b) => (b.spec?.number ?? 0) - (a.spec?.number ?? 0));
  return releases.map((release) => ({
    ...headOf(release),
    environments: bindings.flatMap(({ metadata, spec, status }) =>
      spec?.componentRelease === release.metadata.name
        ? [{ name: spec.environment, binding: metadata.name, isHealthy: status?.componentRelease === release.metadata.name }]
        : [],
    ),
    deployments: records.flat().flatMap((record) =>
      record.spec?.componentRelease === release.metadata.name
        ? [
            {
              record: record.metadata.name,
              environment: record.spec.environment,
              ...(record.metadata.creationTimestamp === undefined ? {} : { at: record.metadata.creationTimestamp }),
              principal: record.spec.principal,
              wasHealthy: wasHealthy(record),
            },
          ]
        : [],
    ),
  }));
}

function headOf({
  metadata,
  spec,
}: Resource<ComponentReleaseSpec>): Pick<ListedRelease, 'name' | 'number' | 'commit' | 'build' | 'createdAt' | 'images'> {
  return {
    name: metadata.name,
    number: spec?.number ?? 0,
    ...(spec?.commit === undefined ? {} : { commit: spec.commit }),
    ...(spec?.build === undefined ? {} : { build: spec.build }),
    ...(metadata.creationTimestamp === undefined ? {} : { createdAt: metadata.creationTimestamp }),
    images: Object.values(spec?.workloadSpec.containers ?? {}).map(({ image }) => image),
  };
}
