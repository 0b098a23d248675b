import { Component, type ComponentSpec, Project, type ScheduledTaskSpec, type WorkloadSpec } from '@fairway/contracts';
import {
  type Admission,
  type AdmissionChange,
  type AdmissionRules,
  type AnyResource,
  type Facts,
  type OwnerReference,
  Problem,
  type Resource,
} from '@fairway/resources/model';
import { maxComponentName, nameProblems } from './name-rules.ts';
import { refusal } from './project-rules.ts';

const isWrite = ({ operation, subresource, object }: AdmissionChange<Resource>): boolean =>
  operation !== 'delete' && subresource === undefined && object.metadata.deletionTimestamp === undefined;

/** A project owns its components, a component its workload and typed object: what is owned goes with its owner. */
function withOwner<R extends Resource>(object: R, owner: AnyResource | undefined): R {
  const uid = owner?.metadata.uid;
  if (owner === undefined || uid === undefined) return object;
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.some((reference) => reference.uid === uid)) return object;
  const { apiVersion, kind, metadata } = owner;
  const reference: OwnerReference = { apiVersion, kind, name: metadata.name, uid };
  const others = owners.filter((other) => other.kind !== kind || other.name !== metadata.name);
  return { ...object, metadata: { ...object.metadata, ownerReferences: [...others, reference] } };
}

export const componentRules: AdmissionRules<Resource<ComponentSpec, never>> = {
  facts: (change) => {
    const project = change.object.spec?.owner.projectName;
    if (!isWrite(change) || project === undefined) return [];
    const namespace = change.object.metadata.namespace ?? '';
    return [
      { name: 'project', kind: Project, key: { namespace, name: project } },
      { name: 'same', kind: Component, key: { namespace, name: change.object.metadata.name } },
    ];
  },
  admit: (change, facts) => (isWrite(change) ? admitComponent(change, facts) : undefined),
};

function admitComponent(
  { object, old, operation }: AdmissionChange<Resource<ComponentSpec>>,
  facts: Facts,
): Admission<Resource<ComponentSpec, never>> {
  const wrongName = operation === 'create' ? refusal(nameProblems(object, maxComponentName)) : undefined;
  if (wrongName !== undefined) return wrongName;
  const project = object.spec?.owner.projectName ?? '';
  const owner = (old ?? facts.object<Resource<ComponentSpec>>('same'))?.spec?.owner.projectName;
  if (owner !== undefined && owner !== project) return { refuse: existsElsewhere(object.metadata.name, owner, project) };
  const found = facts.object('project');
  if (found === undefined || (operation === 'create' && found.metadata.deletionTimestamp !== undefined)) {
    const message = `Project "${project}" does not exist in "${object.metadata.namespace}": create it first.`;
    return refusal([{ field: 'spec.owner.projectName', message, type: 'FieldValueInvalid' }]);
  }
  return { object: withOwner(labelled(object, { component: object.metadata.name, project }), found) as Resource<ComponentSpec, never> };
}

/** A component's name is its own in the whole organization: its binding, host and repository are found by it. */
export const existsElsewhere = (name: string, owner: string, wanted: string): Problem =>
  new Problem({
    reason: 'already-exists',
    code: 'COMPONENT_EXISTS',
    kind: 'Component',
    name,
    message: `Component "${name}" already exists in project "${owner}"; names are unique in an organization. Use another one, for example "${wanted}-${name}".`,
  });

type Owned = WorkloadSpec | ScheduledTaskSpec;

/** For Workload, Service, WebApplication and ScheduledTask. The component may come later: its reconciler adopts what is there. */
export const ownedRules: AdmissionRules<Resource<Owned, never>> = {
  facts: (change) => {
    const component = change.object.spec?.owner.componentName;
    if (!isWrite(change) || component === undefined) return [];
    return [{ name: 'component', kind: Component, key: { namespace: change.object.metadata.namespace ?? '', name: component } }];
  },
  admit: (change, facts) => {
    const owner = change.object.spec?.owner;
    if (!isWrite(change) || owner === undefined) return undefined;
    const object = labelled(change.object, { component: owner.componentName, project: owner.projectName });
    return { object: withOwner(object, facts.object('component')) };
  },
};

function labelled<R extends Resource>(object: R, { component, project }: { component: string; project: string }): R {
  const { metadata } = object;
  const labels = {
    'openchoreo.dev/organization': metadata.namespace ?? '',
    'openchoreo.dev/project': project.slice(0, 63),
    'openchoreo.dev/component': component.slice(0, 63),
  };
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
}
