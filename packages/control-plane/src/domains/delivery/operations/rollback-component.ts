import { type Caller, conflict, notFound, Problem } from '@fairway/resources/model';
import type { BindingResource } from '../binding/binding-kinds.ts';
import { type RecordResource, recordsOf, wasHealthy } from '../binding/deployment-records.ts';
import { findBinding } from '../binding/find-bindings.ts';
import { canonicalDigest } from '../canonical-digest.ts';
import { type ComponentAddress, rowOfComponent } from './find-component.ts';
import type { Operation } from './promote-component.ts';

export interface Rollback extends ComponentAddress {
  environment: string;
  /** A deployment record, a component release, or a release's number (`v3`). Absent: what was healthy here before. */
  to?: string;
}

/**
 * Binds an earlier deployment record of the same environment: its release, its configuration and its secret versions. Nothing is built.
 */
export async function rollbackComponent(
  { resources }: Operation,
  caller: Caller,
  input: Rollback,
): Promise<{ binding: BindingResource; record: RecordResource }> {
  const { organization, environment } = input;
  const row = await rowOfComponent(resources, input);
  const binding = await findBinding(resources, row, { ...input, environment });
  if (binding === undefined) {
    const message = `"${input.component}" is not deployed in environment "${environment}"; promote it there first.`;
    throw new Problem({ reason: 'not-found', message, kind: row.binding.kind, code: 'BINDING_NOT_FOUND' });
  }
  const name = binding.metadata.name;
  const records = await recordsOf(resources, { organization, kind: row.binding.kind, binding: name });
  const record = input.to === undefined ? previousOf(records, binding, input) : namedOf(records, input, input.to);
  const release = record.spec?.componentRelease;
  if (release === undefined) throw notFound('DeploymentRecord', record.metadata.name);
  const [result] = await resources.commit({ caller, action: 'component.rollback' }, [
    {
      op: 'mutate',
      kind: row.binding,
      key: { namespace: organization, name },
      change: (current) => rolledBack(current as BindingResource | undefined, { release, record: record.metadata.name }),
    },
  ]);
  return { binding: (result?.object as BindingResource | undefined) ?? binding, record };
}

/** Workload, APIs and class are filled from the release by admission. */
function rolledBack(
  current: BindingResource | undefined,
  { release, record }: { release: string; record: string },
): BindingResource | undefined {
  if (current?.spec === undefined) return undefined;
  const isSameRelease = current.spec.componentRelease === release;
  const { workloadSpec, apis, overrides, ...rest } = current.spec;
  const content = isSameRelease
    ? {
        ...(workloadSpec === undefined ? {} : { workloadSpec }),
        ...(apis === undefined ? {} : { apis }),
        ...(overrides === undefined ? {} : { overrides }),
      }
    : {};
  return { ...current, spec: { ...rest, ...content, componentRelease: release, deploymentRecord: record } };
}

/** What a record brings back: two records with the same are no way back from each other. */
const substance = ({ spec }: RecordResource): string =>
  canonicalDigest([spec?.componentRelease, spec?.configuration ?? {}, spec?.secretVersions ?? {}]);

function previousOf(records: readonly RecordResource[], binding: BindingResource, { component, environment }: Rollback): RecordResource {
  const current = records[0];
  // A newer release that has no record yet (it cannot be rendered, say) is what is left behind; any healthy record is a way back then.
  const isRecorded = current?.spec?.componentRelease === binding.spec?.componentRelease;
  const found = records.find(
    (record) => wasHealthy(record) && (!isRecorded || current === undefined || substance(record) !== substance(current)),
  );
  if (found !== undefined) return found;
  throw conflict(
    `"${component}" has no earlier healthy deployment in environment "${environment}" to go back to. Name one with --to: "fairway releases ${component}" lists them.`,
    { code: 'NO_EARLIER_DEPLOYMENT' },
  );
}

function namedOf(records: readonly RecordResource[], { component, environment }: Rollback, to: string): RecordResource {
  const named = records.find(({ metadata }) => metadata.name === to);
  const release = /^v?\d+$/.test(to) ? `${component}-v${to.replace(/^v/, '')}` : to;
  const ofRelease = records.filter(({ spec }) => spec?.componentRelease === release);
  const found = named ?? ofRelease.find(wasHealthy) ?? ofRelease[0];
  if (found !== undefined) return found;
  throw new Problem({
    reason: 'not-found',
    message: `Environment "${environment}" has no deployment of "${to}", or keeps it no longer. "fairway releases ${component}" lists those there are.`,
    kind: 'DeploymentRecord',
    name: to,
  });
}
