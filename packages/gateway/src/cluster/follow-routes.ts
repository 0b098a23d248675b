import { BackendTrafficPolicy, EndpointSlice, HttpRoute, type PolicySpec, SecurityPolicy, Service } from '@fairway/contracts/builtin';
import type { ClusterClient, Follower } from '@fairway/kubernetes/client';
import type { Log } from '@fairway/resources/log';
import type { Kind, Resource } from '@fairway/resources/model';
import type { Policy, RouteObjects, Slice } from '../routes/route-table.ts';

export interface FollowRoutesDeps {
  client: ClusterClient;
  log: Log;
  signal: AbortSignal;
  /** What the cluster holds now: once everything was listed, then after each change (several changes of one turn together). */
  onObjects: (objects: RouteObjects) => void;
}

// A cluster that restarts must be seen again soon: routes and drains hang on it. Far below the drain time of a pod.
const backoff = { firstMs: 100, longestMs: 2_000 };

/** Follows everything that a routing table is made of. Settles when `signal` is aborted. */
export async function followRoutes({ client, log, signal, onObjects }: FollowRoutesDeps): Promise<void> {
  let isPlanned = false;
  const publish = (): void => {
    isPlanned = false;
    if (signal.aborted || !followers.every((follower) => follower.isSynced)) return;
    onObjects({
      httpRoutes: routes.items(),
      services: services.items(),
      slices: slices.items() as readonly Slice[],
      policies: [...security.items(), ...traffic.items()] as readonly Policy[],
    });
  };
  // A rollout changes several slices at once; the table is made once for all of them.
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(publish);
  };
  const follow = <Spec, Status>(kind: Kind<Spec, Status>): Follower<Resource<Spec, Status>> =>
    client.follow(
      kind,
      {},
      {
        signal,
        backoff,
        onChange: plan,
        onSynced: plan,
        onInterrupted: (problem, attempt) => {
          // A clean close is how watches end; the first failure is told, the rest only now and then.
          if (problem !== undefined && (attempt === 1 || attempt % 30 === 0))
            log.warn('following the cluster was interrupted', { kind: kind.kind, attempt, problem: problem.message });
        },
      },
    );
  const routes = follow(HttpRoute);
  const services = follow(Service);
  const slices = follow(EndpointSlice);
  const security = follow<PolicySpec, Record<string, unknown>>(SecurityPolicy);
  const traffic = follow<PolicySpec, Record<string, unknown>>(BackendTrafficPolicy);
  const followers = [routes, services, slices, security, traffic];
  await Promise.all(followers.map((follower) => follower.done));
}
