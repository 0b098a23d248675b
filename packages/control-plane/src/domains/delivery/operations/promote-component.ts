import { apiVersionOf, type Caller, conflict, invalid, type Key, Problem, type Resources } from '@fairway/resources/model';
import type { BindingResource, BindingRow } from '../binding/binding-kinds.ts';
import { bindingsOf, findBinding, freeBindingName } from '../binding/find-bindings.ts';
import { environmentsOf, promotionTarget } from '../root-environment.ts';
import { type ComponentAddress, pipelineOfProject, rowOfComponent } from './find-component.ts';

export interface Operation {
  resources: Resources;
}

export interface Promotion extends ComponentAddress {
  sourceEnvironment: string;
  targetEnvironment: string;
}

/**
 * Binds the component release of one environment in the next one, with the next one's own configuration. A target that is suspended or
 * undeployed stays so. Answers the bindings of all environments of the pipeline, in its order.
 */
export async function promoteComponent({ resources }: Operation, caller: Caller, input: Promotion): Promise<BindingResource[]> {
  const pipeline = await pipelineOfProject(resources, input);
  const { sourceEnvironment, targetEnvironment } = input;
  const target = promotionTarget(pipeline.spec ?? {}, sourceEnvironment, targetEnvironment);
  if (target === undefined) throw invalid('Invalid promotion path', [], { code: 'INVALID_PROMOTION_PATH' });
  const row = await rowOfComponent(resources, input);
  const source = await findBinding(resources, row, { ...input, environment: sourceEnvironment });
  if (source?.spec?.componentRelease === undefined) {
    throw new Problem({ reason: 'not-found', message: 'Source binding not found', kind: row.binding.kind, code: 'BINDING_NOT_FOUND' });
  }
  if (target.requiresApproval === true || target.isManualApprovalRequired === true) {
    throw conflict(
      `Promotion from "${sourceEnvironment}" to "${targetEnvironment}" needs an approval, because DeploymentPipeline "${pipeline.metadata.name}" demands one. ` +
        'Take the flag off that path to promote without.',
      { code: 'APPROVAL_REQUIRED' },
    );
  }
  await bindRelease({ resources, row, input, release: source.spec.componentRelease }, caller);
  const environments = environmentsOf(pipeline.spec ?? {});
  const bindings = await bindingsOf(resources, row, input);
  return environments.flatMap((environment) => bindings.find(({ spec }) => spec?.environment === environment) ?? []);
}

interface Bind {
  resources: Resources;
  row: BindingRow;
  input: Promotion;
  release: string;
}

async function bindRelease({ resources, row, input, release }: Bind, caller: Caller): Promise<void> {
  const scope = { ...input, environment: input.targetEnvironment };
  const existing = await findBinding(resources, row, scope);
  const name = existing?.metadata.name ?? (await freeBindingName(resources, row, scope));
  const key: Key = { namespace: input.organization, name };
  await resources.commit({ caller, action: 'component.promote' }, [
    {
      op: 'mutate',
      kind: row.binding,
      key,
      create: true,
      change: (current) => bound({ row, input, release, key }, current as BindingResource | undefined),
    },
  ]);
}

function bound(
  { row, input, release, key }: Pick<Bind, 'row' | 'input' | 'release'> & { key: Key },
  current: BindingResource | undefined,
): BindingResource {
  const owner = { projectName: input.project, componentName: input.component };
  // Workload, APIs and class are left out: admission fills them from the release. So is the record of an earlier rollback.
  const kept = current?.spec?.releaseState === undefined ? {} : { releaseState: current.spec.releaseState };
  const className = current?.spec?.className ?? 'default';
  return {
    apiVersion: apiVersionOf(row.binding),
    kind: row.binding.kind,
    metadata: current?.metadata ?? { ...key },
    spec: { ...kept, className, owner, environment: input.targetEnvironment, componentRelease: release },
  };
}
