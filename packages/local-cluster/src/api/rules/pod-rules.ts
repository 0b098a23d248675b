import { Pod, type PodSpec } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { fieldForbidden, invalidObject, sameJson } from './field-problem.ts';
import { podSpecProblems } from './pod-template-rules.ts';

type PodObject = ResourceOf<typeof Pod>;

const changeable =
  'pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.terminationGracePeriodSeconds`';

/** The part of a spec that stays as it is. A node is given once. */
const fixedPart = (spec: PodSpec, before: PodSpec): unknown => {
  const { activeDeadlineSeconds: _deadline, terminationGracePeriodSeconds: _grace, nodeName, ...rest } = spec;
  const withoutImages = (containers: PodSpec['containers'] = []) => containers.map(({ image: _image, ...container }) => container);
  const node = before.nodeName === undefined ? undefined : nodeName;
  return { ...rest, node, containers: withoutImages(spec.containers), initContainers: withoutImages(spec.initContainers) };
};

const changeProblems = (before: PodSpec | undefined, after: PodSpec): FieldProblem[] =>
  before === undefined || sameJson(fixedPart(before, before), fixedPart(after, before)) ? [] : [fieldForbidden('spec', changeable)];

const defaultGraceSeconds = 30;

/** A deletion without a wish takes the pod's own grace; kubectl reads it from any pod that is going. */
const withGrace = (pod: PodObject): PodObject =>
  pod.metadata.deletionTimestamp === undefined || pod.metadata.deletionGracePeriodSeconds !== undefined
    ? pod
    : {
        ...pod,
        metadata: { ...pod.metadata, deletionGracePeriodSeconds: pod.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds },
      };

/** Kubernetes' rules of a pod in front of the node's own. */
export const withPodRules = (nodeRules: AdmissionRules<PodObject>): AdmissionRules<PodObject> => ({
  ...nodeRules,
  audited: false,
  default: (pod) => withGrace(nodeRules.default?.(pod) ?? pod),
  admit(change, facts) {
    const { operation, subresource, object, old } = change;
    if (operation !== 'delete' && subresource === undefined && object.spec !== undefined) {
      const fields =
        operation === 'create'
          ? podSpecProblems(object.spec, 'spec', ['Always', 'OnFailure', 'Never'])
          : changeProblems(old?.spec, object.spec);
      const refuse = invalidObject(Pod, object, fields);
      if (refuse !== undefined) return { refuse };
    }
    return nodeRules.admit?.(change, facts);
  },
});
