import { kinds, type ResourceObject } from '@fairway/sdk';
import type { CommandContext } from '../command.ts';
import { bindingsOf, collect, requireComponent } from '../components.ts';
import { placeOf } from '../place.ts';
import { table } from '../terminal.ts';

type ReleaseObject = ResourceObject<{
  owner: { componentName: string };
  number: number;
  commit?: string;
  build?: string;
  workloadSpec: { containers?: Record<string, { image: string }> };
}>;
type RecordObject = ResourceObject<{ environment: string; componentRelease: string; principal: string; rollbackOf?: string }>;

export async function releases(context: CommandContext): Promise<void> {
  const place = await placeOf(context, context.args[0]);
  const { fairway } = await context.connect();
  const at = { namespace: place.organization, fieldSelector: `spec.owner.componentName=${place.component}`, signal: context.signal };
  const [found, records, bindings] = await Promise.all([
    collect(fairway.resources<ReleaseObject>(kinds.componentRelease).all(at)),
    collect(fairway.resources<RecordObject>(kinds.deploymentRecord).all(at)),
    bindingsOf(fairway, place, context.signal),
    requireComponent(fairway, place, context.signal),
  ]);
  const rows = found
    .toSorted((a, b) => (b.spec?.number ?? 0) - (a.spec?.number ?? 0))
    .map(({ metadata, spec }) => ({
      release: metadata.name,
      number: spec?.number,
      commit: spec?.commit,
      image: Object.values(spec?.workloadSpec.containers ?? {})[0]?.image,
      createdAt: metadata.creationTimestamp,
      runsIn: bindings
        .filter((binding) => binding.status?.componentRelease === metadata.name)
        .map((binding) => binding.spec?.environment ?? ''),
      deployments: records.filter((record) => record.spec?.componentRelease === metadata.name).map(deploymentOf),
    }));
  const lines = rows.map((row) => [
    row.release,
    row.commit?.slice(0, 8),
    row.createdAt,
    row.runsIn.join(', '),
    String(row.deployments.length),
  ]);
  await context.terminal.result({
    data: { items: rows },
    text: rows.length === 0 ? 'no releases yet' : table(['RELEASE', 'COMMIT', 'CREATED', 'RUNS IN', 'DEPLOYMENTS'], lines),
    names: rows.map(({ release }) => release),
  });
}

const deploymentOf = ({ metadata, spec }: RecordObject) => ({
  record: metadata.name,
  environment: spec?.environment,
  at: metadata.creationTimestamp,
  by: spec?.principal,
  ...(spec?.rollbackOf === undefined ? {} : { rollbackOf: spec.rollbackOf }),
});
