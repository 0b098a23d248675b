import { type Static, Type } from 'typebox';
import { atomicList, Kept, KubernetesConditions, LabelSelector, ObjectReference, Quantities, StringMap, Time } from './shapes.ts';

const AccessModes = Type.Optional(atomicList(Type.String()));

export const PersistentVolumeClaimSpec = Type.Object(
  {
    accessModes: AccessModes,
    selector: Type.Optional(LabelSelector),
    resources: Type.Optional(
      Type.Object(
        {
          requests: Type.Optional(Quantities('The room that is asked for; shown, and not enforced.')),
          limits: Type.Optional(Quantities('The most that is wanted.')),
        },
        { default: {} },
      ),
    ),
    volumeName: Type.Optional(Type.String({ description: 'The volume that the claim is bound to.' })),
    storageClassName: Type.Optional(Type.String()),
    volumeMode: Type.Optional(Type.Enum(['Filesystem', 'Block'], { default: 'Filesystem' })),
    dataSource: Type.Optional(Kept('What the volume begins with.')),
    dataSourceRef: Type.Optional(Kept('What the volume begins with.')),
    volumeAttributesClassName: Type.Optional(Type.String()),
  },
  { description: 'Room for files that outlive their pods.' },
);
export type PersistentVolumeClaimSpec = Static<typeof PersistentVolumeClaimSpec>;
export const PersistentVolumeClaimStatus = Type.Object({
  phase: Type.Optional(Type.Enum(['Pending', 'Bound', 'Lost'])),
  accessModes: AccessModes,
  capacity: Type.Optional(Quantities('The room that the claim has.')),
  conditions: KubernetesConditions,
});
export type PersistentVolumeClaimStatus = Static<typeof PersistentVolumeClaimStatus>;

/** A claim within a StatefulSet: name and labels are all of its metadata that counts. */
export const ClaimTemplate = Type.Object({
  apiVersion: Type.Optional(Type.String()),
  kind: Type.Optional(Type.String()),
  metadata: Type.Optional(
    Type.Object({
      name: Type.Optional(Type.String()),
      labels: Type.Optional(StringMap('Labels of the claims.')),
      annotations: Type.Optional(StringMap('Annotations of the claims.')),
      creationTimestamp: Type.Optional(Type.Unsafe<string | null>({ type: 'string', nullable: true })),
    }),
  ),
  spec: Type.Optional(PersistentVolumeClaimSpec),
  status: Type.Optional(PersistentVolumeClaimStatus),
});
export type ClaimTemplate = Static<typeof ClaimTemplate>;

export const PersistentVolumeSpec = Type.Object(
  {
    capacity: Type.Optional(Quantities('The room that it was made for.')),
    accessModes: AccessModes,
    claimRef: Type.Optional(ObjectReference),
    persistentVolumeReclaimPolicy: Type.Optional(Type.Enum(['Delete', 'Retain', 'Recycle'], { default: 'Retain' })),
    storageClassName: Type.Optional(Type.String()),
    volumeMode: Type.Optional(Type.String({ default: 'Filesystem' })),
    mountOptions: Type.Optional(atomicList(Type.String())),
    hostPath: Type.Optional(Type.Object({ path: Type.String(), type: Type.Optional(Type.String({ default: '' })) })),
    local: Type.Optional(Type.Object({ path: Type.String(), fsType: Type.Optional(Type.String()) })),
    nodeAffinity: Type.Optional(Kept('The nodes that reach it.')),
  },
  { description: 'A folder that a claim is bound to.' },
);
export type PersistentVolumeSpec = Static<typeof PersistentVolumeSpec>;
export const PersistentVolumeStatus = Type.Object({
  phase: Type.Optional(Type.Enum(['Pending', 'Available', 'Bound', 'Released', 'Failed'])),
  message: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  lastPhaseTransitionTime: Type.Optional(Time),
});
export type PersistentVolumeStatus = Static<typeof PersistentVolumeStatus>;
