import type { ReleaseState } from '@fairway/contracts';
import { type Caller, Problem } from '@fairway/resources/model';
import type { BindingResource } from '../binding/binding-kinds.ts';
import { type ComponentAddress, rowOfComponent } from './find-component.ts';
import type { Operation } from './promote-component.ts';

/** Runs, suspends or removes what a binding deploys. A binding of another component counts as not found. */
export async function setReleaseState(
  { resources }: Operation,
  caller: Caller,
  input: ComponentAddress & { binding: string; releaseState: ReleaseState },
): Promise<BindingResource> {
  const row = await rowOfComponent(resources, input);
  const key = { namespace: input.organization, name: input.binding };
  const binding = await resources.get(row.binding, key);
  const owner = binding?.spec?.owner;
  if (binding === undefined || owner?.componentName !== input.component || owner.projectName !== input.project) {
    throw new Problem({
      reason: 'not-found',
      message: 'Binding not found',
      kind: row.binding.kind,
      name: input.binding,
      code: 'BINDING_NOT_FOUND',
    });
  }
  const [result] = await resources.commit({ caller, action: 'binding.set-state' }, [
    {
      op: 'mutate',
      kind: row.binding,
      key,
      change: (current) => {
        const { spec, ...rest } = current as BindingResource;
        return spec === undefined ? undefined : { ...rest, spec: { ...spec, releaseState: input.releaseState } };
      },
    },
  ]);
  return (result?.object as BindingResource | undefined) ?? binding;
}
