import { PersistentVolume, PersistentVolumeClaim, Pod } from '@fairway/contracts/builtin';
import { isProblem, type Key, keyOf, type Resource, type ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { isFinished, type PodObject } from '../pods/pod-state.ts';

type ClaimObject = ResourceOf<typeof PersistentVolumeClaim>;

/** Folders of this machine that hold what claims hold. */
export interface VolumeFolders {
  /** Where the folder of a volume lies; it is made when a pod first needs it. */
  pathOf(volume: string): string;
  /** Removes the folder with all that is in it. May be called twice; one that is not there is no error. */
  remove(volume: string, signal: AbortSignal): Promise<void>;
}

const provisioner = 'fairway.dev/folder';

const volumeOf = (claim: ClaimObject): string => `pvc-${claim.metadata.uid ?? ''}`;

const claimsOf = (pod: PodObject): Key[] =>
  (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim === undefined ? [] : [{ namespace: pod.metadata.namespace ?? '', name: claim.claimName }],
  );

function newVolume(claim: ClaimObject, folders: VolumeFolders): Resource {
  const { namespace = '', name, uid = '' } = claim.metadata;
  const { accessModes, resources, storageClassName, volumeMode = 'Filesystem' } = claim.spec ?? {};
  return {
    apiVersion: 'v1',
    kind: PersistentVolume.kind,
    metadata: { name: volumeOf(claim), annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
    spec: {
      capacity: resources?.requests ?? {},
      ...(accessModes === undefined ? {} : { accessModes }),
      claimRef: { apiVersion: 'v1', kind: PersistentVolumeClaim.kind, namespace, name, uid },
      hostPath: { path: folders.pathOf(volumeOf(claim)), type: 'DirectoryOrCreate' },
      persistentVolumeReclaimPolicy: 'Delete',
      ...(storageClassName === undefined ? {} : { storageClassName }),
      volumeMode,
    },
  };
}

/** Makes the volume and writes its name into the claim, in one commit. */
async function provision(claim: ClaimObject, folders: VolumeFolders, { resources, cause, clock }: ReconcileContext): Promise<void> {
  const volume = newVolume(claim, folders);
  const key = { name: volume.metadata.name };
  const message = `Successfully provisioned volume ${key.name}`;
  await resources.commit(cause('claim.provision'), [
    { op: 'mutate', kind: PersistentVolume, key, create: true, change: (current) => (current === undefined ? volume : undefined) },
    {
      op: 'mutate',
      kind: PersistentVolume,
      key,
      subresource: 'status',
      change: (current) => (current === undefined ? undefined : { ...current, status: { phase: 'Bound' } }),
    },
    {
      op: 'mutate',
      kind: PersistentVolumeClaim,
      key: keyOf(claim),
      change: (current) =>
        current === undefined || current.metadata.uid !== claim.metadata.uid
          ? undefined
          : { ...current, spec: { ...(current as ClaimObject).spec, volumeName: key.name } },
    },
    eventChange({ about: claim, reason: 'ProvisioningSucceeded', message, component: provisioner, now: clock.now() }),
  ]);
}

async function bind(claim: ClaimObject, folders: VolumeFolders, context: ReconcileContext): Promise<Reconciled> {
  const { spec, status } = claim;
  if (status?.phase === 'Bound') return { outcome: settled };
  const pending = { phase: 'Pending' };
  const refuse = async (message: string): Promise<Reconciled> => {
    const { resources, cause, clock } = context;
    const about = { about: claim, type: 'Warning', reason: 'FailedBinding', component: 'persistentvolume-controller' } as const;
    if (status?.phase === undefined) await resources.commit(cause('claim.bind'), [eventChange({ ...about, message, now: clock.now() })]);
    return { outcome: settled, status: pending };
  };
  if (spec?.volumeMode === 'Block') return refuse('volumes of this cluster are folders: volumeMode Block cannot be had');
  if (spec?.volumeName !== undefined && spec.volumeName !== volumeOf(claim))
    return refuse(`volume "${spec.volumeName}" was not made for this claim: leave spec.volumeName out`);
  await provision(claim, folders, context);
  const { accessModes, resources } = spec ?? {};
  return {
    outcome: settled,
    status: { phase: 'Bound', ...(accessModes === undefined ? {} : { accessModes }), capacity: resources?.requests ?? {} },
  };
}

/** A claim that a pod uses stays until that pod has gone; then its files go, and its volume. */
async function release(claim: ClaimObject, folders: VolumeFolders, context: ReconcileContext): Promise<Reconciled> {
  const { resources, cause, signal } = context;
  const { namespace = '', name } = claim.metadata;
  const users = (await resources.list(Pod, { namespace })).items.filter(
    (pod) => !isFinished(pod) && claimsOf(pod).some((key) => key.name === name),
  );
  if (users.length > 0) return { outcome: waiting('InUse', `pod "${users[0]?.metadata.name}" uses the claim`, 60_000) };
  await folders.remove(volumeOf(claim), signal);
  try {
    await resources.commit(cause('claim.release'), [{ op: 'delete', kind: PersistentVolume, key: { name: volumeOf(claim) } }]);
  } catch (error) {
    if (!isProblem(error, 'not-found')) throw error;
  }
  return { outcome: settled };
}

/** Gives every claim a folder of its own, and takes it back when the claim is deleted and no pod uses it. */
export const createClaimController = ({ folders }: { folders: VolumeFolders }): Controller<typeof PersistentVolumeClaim> => ({
  name: 'local-cluster/claim',
  kind: PersistentVolumeClaim,
  finalizer: 'kubernetes.io/pvc-protection',
  conditionStyle: 'own',
  watches: [{ kind: Pod, wakes: (pod) => claimsOf(pod as PodObject) }],
  reconcile: (claim, context) => bind(claim, folders, context),
  finalize: (claim, context) => release(claim, folders, context),
});
