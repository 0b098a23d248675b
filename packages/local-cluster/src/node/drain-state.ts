import { EndpointSlice, type EndpointSliceFields, Lease } from '@fairway/contracts/builtin';
import type { AnyResource, Resources } from '@fairway/resources/model';
import type { ServiceProxy } from '../proxy/index.ts';
import { drainAnnotation, namespaceOf, type PodObject, uidOf } from './pod-object.ts';

const defaultDrainSeconds = 60;
const gatewayLease = { namespace: 'kube-system', name: 'fairway-gateway' };

const gatewayLives = async (resources: Resources, now: number): Promise<boolean> => {
  const lease = await resources.get(Lease, gatewayLease);
  const { renewTime, leaseDurationSeconds = 15, holderIdentity } = lease?.spec ?? {};
  return renewTime !== undefined && holderIdentity !== '' && Date.parse(renewTime) + leaseDurationSeconds * 1000 > now;
};

interface DrainDeps {
  resources: Resources;
  services: Pick<ServiceProxy, 'leave'>;
}

/** Why a pod on its way out may be stopped now, or that its last requests are still waited for (see the decision page about draining). */
export async function drainState({ resources, services }: DrainDeps, pod: PodObject, now: number): Promise<'drained' | 'draining'> {
  const isInUse = services.leave(uidOf(pod));
  const seconds = Number(pod.metadata.annotations?.[drainAnnotation] ?? defaultDrainSeconds);
  const limitMs = (Number.isFinite(seconds) && seconds >= 0 ? seconds : defaultDrainSeconds) * 1000;
  if (now >= Date.parse(pod.metadata.deletionTimestamp ?? '') + limitMs) return 'drained';
  if (isInUse) return 'draining';
  const uid = uidOf(pod);
  const slices = (await resources.list(EndpointSlice, { namespace: namespaceOf(pod) })).items as unknown as (AnyResource &
    EndpointSliceFields)[];
  const naming = slices.filter(({ endpoints }) =>
    endpoints.some(({ targetRef, conditions }) => targetRef?.uid === uid && conditions?.serving !== false),
  );
  const waiting = naming.filter(({ metadata }) => metadata.annotations?.[`drained.fairway.dev/${uid}`] !== 'true');
  if (waiting.length === 0) return 'drained';
  return (await gatewayLives(resources, now)) ? 'draining' : 'drained';
}
