import { HttpRoute as HttpRouteKind } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import type { Log } from '@fairway/resources/log';
import { type Clock, isProblem, timestamp } from '@fairway/resources/model';
import type { HttpRoute, RouteTable, RouteVerdict } from '../routes/route-table.ts';

const controllerName = 'fairway.dev/gateway';
// As many calls at once as keep a start with many routes short without crowding the cluster out.
const maxParallel = 4;
const callTimeoutMs = 5_000;
const againMs = 1_000;

type ParentStatus = NonNullable<NonNullable<HttpRoute['status']>['parents']>[number];
type Parent = ParentStatus['parentRef'];

const sameParent = (left: Parent, right: Parent): boolean =>
  left.name === right.name && left.namespace === right.namespace && left.sectionName === right.sectionName && left.port === right.port;

function conditionsFor(verdict: RouteVerdict, old: ParentStatus | undefined, now: string): NonNullable<ParentStatus['conditions']> {
  return verdict.conditions.map((condition) => {
    const before = old?.conditions?.find((each) => each.type === condition.type);
    return {
      ...condition,
      observedGeneration: verdict.route.metadata.generation ?? 0,
      lastTransitionTime: before?.status === condition.status ? (before.lastTransitionTime ?? now) : now,
    };
  });
}

/** The parents of a route's status with ours as they should be; undefined when they are so already. */
function nextParents(verdict: RouteVerdict, now: string): ParentStatus[] | undefined {
  const before = verdict.route.status?.parents ?? [];
  const ours = (verdict.route.spec?.parentRefs ?? []).map((parentRef) => {
    const old = before.find((each) => each.controllerName === controllerName && sameParent(each.parentRef, parentRef));
    return { parentRef, controllerName, conditions: conditionsFor(verdict, old, now) };
  });
  const next = [...before.filter((each) => each.controllerName !== controllerName), ...ours];
  return isSame(before, next) ? undefined : next;
}

const wordsOf = (parents: readonly ParentStatus[]): string =>
  JSON.stringify(
    parents.map((parent) => [
      parent.controllerName,
      [parent.parentRef.namespace, parent.parentRef.name, parent.parentRef.sectionName, parent.parentRef.port],
      (parent.conditions ?? []).map((each) => [each.type, each.status, each.reason, each.message, each.observedGeneration]).sort(),
    ]),
  );
const isSame = (left: readonly ParentStatus[], right: readonly ParentStatus[]): boolean => wordsOf(left) === wordsOf(right);

/** Tells in HTTPRoute.status what became of each route; writes only what changed, the newest word last. */
export function createStatusWriter(deps: { client: ClusterClient; clock: Clock; log: Log; signal: AbortSignal }): {
  use(table: RouteTable): void;
} {
  const { client, clock, log, signal } = deps;
  const pending = new Map<string, RouteVerdict>();
  let running = 0;

  const write = async (verdict: RouteVerdict): Promise<void> => {
    const { namespace = '', name, resourceVersion } = verdict.route.metadata;
    const parents = nextParents(verdict, timestamp(clock.now()));
    if (parents === undefined) return;
    try {
      await client.patch(
        HttpRouteKind,
        { namespace, name },
        {
          type: 'merge',
          // The version guards the list as a whole: another controller's entry must not be lost.
          body: { metadata: { resourceVersion }, status: { parents } },
          subresource: 'status',
          fieldManager: 'fairway-gateway',
          timeoutMs: callTimeoutMs,
          signal,
        },
      );
    } catch (error) {
      // A newer version is on its way through the watch and brings its own verdict.
      if (signal.aborted || isProblem(error, 'not-found') || isProblem(error, 'conflict')) return;
      log.warn('could not write the status of a route', { namespace, route: name, error });
      clock.after(againMs, () => {
        const id = `${namespace}/${name}`;
        if (!pending.has(id)) pending.set(id, verdict);
        drain();
      });
    }
  };
  const drain = (): void => {
    for (const [id, verdict] of pending) {
      if (running >= maxParallel || signal.aborted) return;
      pending.delete(id);
      running += 1;
      void write(verdict).finally(() => {
        running -= 1;
        drain();
      });
    }
  };

  return {
    use: (table) => {
      const now = timestamp(clock.now());
      pending.clear();
      for (const verdict of table.verdicts)
        if (nextParents(verdict, now) !== undefined)
          pending.set(`${verdict.route.metadata.namespace ?? ''}/${verdict.route.metadata.name}`, verdict);
      drain();
    },
  };
}
