import { DaemonSet, StatefulSet, type StatefulSetSpec } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { fieldForbidden, fieldRequired, immutable, invalidObject, sameJson } from './field-problem.ts';
import { selectorProblems, templateProblems } from './pod-template-rules.ts';

type StatefulSetObject = ResourceOf<typeof StatefulSet>;
type DaemonSetObject = ResourceOf<typeof DaemonSet>;

const changeable =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What a StatefulSet keeps for its life. */
const fixedPart = ({ selector, serviceName, podManagementPolicy, volumeClaimTemplates }: StatefulSetSpec): unknown => ({
  selector,
  serviceName,
  podManagementPolicy,
  volumeClaimTemplates,
});

/** Containers mount claims of the set by their names, as if the template had such volumes. */
const withClaims = ({ template, volumeClaimTemplates = [] }: StatefulSetSpec): StatefulSetSpec['template'] => {
  const claimed = volumeClaimTemplates.map(({ metadata }) => ({ name: metadata?.name ?? '' }));
  const names = new Set(claimed.map(({ name }) => name));
  const volumes = [...(template.spec.volumes ?? []).filter(({ name }) => !names.has(name)), ...claimed];
  return { ...template, spec: { ...template.spec, volumes } };
};

const claimProblems = ({ volumeClaimTemplates = [] }: StatefulSetSpec): FieldProblem[] =>
  volumeClaimTemplates.flatMap(({ metadata }, index) =>
    metadata?.name ? [] : [fieldRequired(`spec.volumeClaimTemplates[${index}].metadata.name`)],
  );

export const statefulSetRules: AdmissionRules<StatefulSetObject> = {
  audited: false,
  default(object) {
    const { spec } = object;
    if (spec === undefined || spec.updateStrategy?.type === 'OnDelete') return object;
    const { rollingUpdate } = spec.updateStrategy ?? {};
    if (rollingUpdate?.partition !== undefined) return object;
    return { ...object, spec: { ...spec, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, ...rollingUpdate } } } };
  },
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const { spec } = object;
    const isFixed = old?.spec === undefined || sameJson(fixedPart(old.spec), fixedPart(spec));
    const refuse = invalidObject(StatefulSet, object, [
      ...(isFixed ? [] : [fieldForbidden('spec', changeable)]),
      ...selectorProblems(spec.selector, spec.template, 'statefulset'),
      ...claimProblems(spec),
      ...templateProblems(withClaims(spec), 'spec.template', ['Always']),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};

export const daemonSetRules: AdmissionRules<DaemonSetObject> = {
  audited: false,
  default(object) {
    const { spec } = object;
    if (spec === undefined || spec.updateStrategy?.type === 'OnDelete') return object;
    const { rollingUpdate } = spec.updateStrategy ?? {};
    if (rollingUpdate?.maxUnavailable !== undefined && rollingUpdate.maxSurge !== undefined) return object;
    const filled = { maxUnavailable: 1, maxSurge: 0, ...rollingUpdate };
    return { ...object, spec: { ...spec, updateStrategy: { type: 'RollingUpdate', rollingUpdate: filled } } };
  },
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const { selector, template } = object.spec;
    const refuse = invalidObject(DaemonSet, object, [
      ...(old === undefined ? [] : immutable('spec.selector', old.spec?.selector, selector)),
      ...selectorProblems(selector, template, 'daemonset'),
      ...templateProblems(template, 'spec.template', ['Always']),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
