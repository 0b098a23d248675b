import type { Resources } from '@fairway/resources/model';
import { generateName } from '../generate-name.ts';
import type { Scope } from '../labels.ts';
import type { BindingResource, BindingRow } from './binding-kinds.ts';

/** A component has one binding in an environment; more than these are a mistake that a list still shows. */
const maxBindings = 500;

/** All bindings of a component, oldest first. */
export async function bindingsOf(
  resources: Resources,
  row: BindingRow,
  { organization, component }: Pick<Scope, 'organization' | 'component'>,
): Promise<BindingResource[]> {
  const { items } = await resources.list(row.binding, {
    namespace: organization,
    fieldSelector: `spec.owner.componentName=${component}`,
    limit: maxBindings,
  });
  return items.sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1));
}

export async function findBinding(resources: Resources, row: BindingRow, scope: Scope): Promise<BindingResource | undefined> {
  const bindings = await bindingsOf(resources, row, scope);
  return bindings.find(({ spec }) => spec?.environment === scope.environment && spec.owner.projectName === scope.project);
}

/** `COMPONENT-ENVIRONMENT`, or a name with a hash where that one belongs to somebody else (a-b + c and a + b-c read the same). */
export async function freeBindingName(resources: Resources, row: BindingRow, scope: Scope, wanted?: string): Promise<string> {
  const namespace = scope.organization;
  for (const name of [...(wanted === undefined ? [] : [wanted]), `${scope.component}-${scope.environment}`]) {
    if ((await resources.get(row.binding, { namespace, name })) === undefined) return name;
  }
  return generateName(253, scope.component, scope.environment);
}
