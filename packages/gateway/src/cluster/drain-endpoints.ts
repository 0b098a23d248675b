import { EndpointSlice } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import type { Log } from '@fairway/resources/log';
import { type Clock, isProblem } from '@fairway/resources/model';
import type { Upstreams } from '../proxy/upstreams.ts';
import { drainedAnnotation } from '../routes/read-endpoints.ts';
import type { DrainingEndpoint, RouteTable } from '../routes/route-table.ts';

/** Says of each pod on its way out, once, that no request runs there any more. */
export interface Drainer {
  /** A new table is in force: nothing new goes to its draining pods. */
  use(table: RouteTable): void;
  /** The last request to a pod has ended. */
  podIdle(podUid: string): void;
}

export interface DrainerDeps {
  client: Pick<ClusterClient, 'patch'>;
  upstreams: Upstreams;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

const againMs = 500;
const patchTimeoutMs = 5_000;

const idOf = (draining: DrainingEndpoint): string => `${draining.namespace}/${draining.slice}/${draining.podUid}`;

export function createDrainer({ client, upstreams, clock, log, signal }: DrainerDeps): Drainer {
  let waiting = new Map<string, DrainingEndpoint>();
  let inUse: ReadonlySet<string> = new Set();
  /** Patched or being patched, as long as the slice names the pod. */
  const told = new Set<string>();

  const tell = async (draining: DrainingEndpoint): Promise<void> => {
    const id = idOf(draining);
    told.add(id);
    const { namespace, slice: name, podUid } = draining;
    try {
      await client.patch(
        EndpointSlice,
        { namespace, name },
        {
          type: 'merge',
          body: { metadata: { annotations: { [drainedAnnotation(podUid)]: 'true' } } },
          fieldManager: 'fairway-gateway',
          timeoutMs: patchTimeoutMs,
          signal,
        },
      );
      log.info('endpoint is drained', { namespace, slice: name, pod: podUid });
    } catch (error) {
      // A slice that is gone needs no word. Anything else is tried again while the slice still names the pod.
      if (signal.aborted || isProblem(error, 'not-found')) return;
      log.warn('could not say that an endpoint is drained', { namespace, slice: name, pod: podUid, error });
      clock.after(againMs, () => {
        told.delete(id);
        check(draining);
      });
    }
  };

  const check = (draining: DrainingEndpoint): void => {
    const id = idOf(draining);
    if (!waiting.has(id) || told.has(id) || signal.aborted) return;
    // While a table still sends requests there (its replacement is not ready), an idle moment is no end.
    if (draining.endpointKeys.some((key) => inUse.has(key))) return;
    if (upstreams.inFlightOf(draining.podUid) > 0) return;
    upstreams.markDrained(draining.podUid);
    void tell(draining);
  };

  return {
    use: (table) => {
      inUse = table.endpointKeys;
      waiting = new Map(table.draining.filter((each) => !each.isDrained).map((each) => [idOf(each), each]));
      const named = new Set(table.draining.map(idOf));
      for (const id of told) if (!named.has(id)) told.delete(id);
      for (const draining of waiting.values()) check(draining);
    },
    podIdle: (podUid) => {
      if (waiting.size === 0) return;
      for (const draining of waiting.values()) if (draining.podUid === podUid) check(draining);
    },
  };
}
