import { kinds, type ResourceObject } from '@fairway/sdk';
import type { Command } from '../command.ts';
import { placeFlags, placeOf } from '../place.ts';
import { table } from '../terminal.ts';
import { bindingsOf } from './promote.ts';

type ReleaseObject = ResourceObject<{
  owner: { componentName: string };
  number: number;
  commit?: string;
  build?: string;
  workloadSpec: { containers?: Record<string, { image: string }> };
}>;
type RecordObject = ResourceObject<{ environment: string; componentRelease: string; principal: string; rollbackOf?: string }>;

export const releases: Command = {
  usage: 'releases [name]',
  about: 'The releases of a component, newest first, and where they run',
  flags: [...placeFlags],
  examples: ['fairway releases hello', 'fairway releases hello -o json'],
  run: async (context) => {
    const place = await placeOf(context, context.args[0]);
    const { fairway } = await context.connect();
    const at = { namespace: place.organization, fieldSelector: `spec.owner.componentName=${place.component}`, signal: context.signal };
    const [found, records, bindings] = await Promise.all([
      fairway.resources<ReleaseObject>(kinds.componentRelease).list(at),
      fairway.resources<RecordObject>(kinds.deploymentRecord).list(at),
      bindingsOf(fairway, place, context.signal),
    ]);
    const rows = found.items
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
        deployments: records.items
          .filter((record) => record.spec?.componentRelease === metadata.name)
          .map((record) => ({
            record: record.metadata.name,
            environment: record.spec?.environment,
            at: record.metadata.creationTimestamp,
            by: record.spec?.principal,
            ...(record.spec?.rollbackOf === undefined ? {} : { rollbackOf: record.spec.rollbackOf }),
          })),
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
  },
};
