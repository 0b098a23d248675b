import { PersistentVolumeClaim, type PersistentVolumeClaimSpec } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { fieldForbidden, fieldNotSupported, fieldRequired, invalidObject, sameJson } from './field-problem.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'] as const;
const changeable = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** A volume is given once; how much is asked for may grow. */
const fixedPart = (spec: PersistentVolumeClaimSpec, before: PersistentVolumeClaimSpec): unknown => {
  const { resources: _, volumeAttributesClassName: __, volumeName, ...rest } = spec;
  return { ...rest, volumeName: before.volumeName === undefined ? undefined : volumeName };
};

const specProblems = ({ accessModes: modes = [], resources }: PersistentVolumeClaimSpec): FieldProblem[] => [
  ...(modes.length === 0 ? [fieldRequired('spec.accessModes', 'at least 1 access mode is required')] : []),
  ...modes.flatMap((mode) =>
    accessModes.some((known) => known === mode) ? [] : [fieldNotSupported('spec.accessModes', mode, accessModes)],
  ),
  ...(resources?.requests?.storage === undefined ? [fieldRequired('spec.resources[storage]')] : []),
];

export const claimRules: AdmissionRules<ResourceOf<typeof PersistentVolumeClaim>> = {
  audited: false,
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined) return undefined;
    const { spec = {} } = object;
    const before = old?.spec;
    const isFixed = before === undefined || sameJson(fixedPart(before, before), fixedPart(spec, before));
    const refuse = invalidObject(PersistentVolumeClaim, object, [
      ...specProblems(spec),
      ...(isFixed ? [] : [fieldForbidden('spec', changeable)]),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
