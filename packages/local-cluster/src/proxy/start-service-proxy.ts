import { EndpointSlice, Service } from '@fairway/contracts/builtin';
import type { Log } from '@fairway/resources/log';
import { type AnyResource, type Cause, type Clock, isProblem, type Key, type Resources, reconcilerCaller } from '@fairway/resources/model';
import { type Address, addressesAnnotation, readAddresses, writeAddresses } from './address-plan.ts';
import { followObjects } from './follow-objects.ts';
import { keepPorts } from './keep-ports.ts';
import { createServiceTable } from './service-table.ts';
import { createTraffic } from './traffic.ts';

export interface ServiceProxyOptions {
  resources: Resources;
  clock: Clock;
  log: Log;
}

/** Connects processes of the machine with the pods behind Services. */
export interface ServiceProxy {
  /** Sends nothing new to this pod from now on; answers whether something is still under way there. Safe to repeat. */
  leave(podUid: string): boolean;
  /** Cuts off what runs. */
  stop(): Promise<void>;
}

/** Says of a Service where one of its ports is listened on now. */
async function writeMove(resources: Resources, key: Key, { servicePort, to }: { servicePort: number; to: Address }): Promise<void> {
  const cause: Cause = { caller: reconcilerCaller('service-proxy'), action: 'service.move', fieldManager: 'fairway-service-proxy' };
  const change = (current: AnyResource | undefined): AnyResource | undefined => {
    const before = current === undefined ? undefined : readAddresses(current.metadata);
    // Another one has the name by now.
    if (current === undefined || before?.get(servicePort)?.host !== to.host) return undefined;
    const annotations = { ...current.metadata.annotations, [addressesAnnotation]: writeAddresses(new Map([...before, [servicePort, to]])) };
    return { ...current, metadata: { ...current.metadata, annotations } };
  };
  await resources.commit(cause, [{ op: 'mutate', kind: Service, key, change }]).catch((error: unknown) => {
    if (!isProblem(error, 'not-found')) throw error;
  });
}

/**
 * Listens on the addresses of all Services and passes connections on to their ready endpoints. Resolves when it listens for those that there are.
 * A port that is taken is exchanged for the next free one, and the Service's annotation says so.
 */
export async function startServiceProxy({ resources, clock, log }: ServiceProxyOptions): Promise<ServiceProxy> {
  const stopping = new AbortController();
  const traffic = createTraffic();
  const table = createServiceTable({
    keep: (key) =>
      keepPorts({
        traffic,
        clock,
        log: log.with({ service: key.name, namespace: key.namespace ?? '' }),
        onMoved: (servicePort, to) => {
          log.warn('a port of a Service is taken by another program, and it moved', { ...key, servicePort, to: `${to.host}:${to.port}` });
          return writeMove(resources, key, { servicePort, to });
        },
      }),
  });
  const common = { resources, clock, log, signal: stopping.signal };
  const follow = (kind: typeof Service | typeof EndpointSlice, onAll: typeof table.allSlices, onChange: typeof table.slice) =>
    new Promise<{ ended: Promise<void> }>((known) => {
      const ended: Promise<void> = followObjects({
        ...common,
        kind,
        onChange,
        onAll: (objects) => {
          onAll(objects);
          known({ ended });
        },
      });
    });
  const forget = (): void => {
    const named = table.namedPods();
    traffic.forgetAllBut((podUid) => named.has(podUid));
  };
  const followed = await Promise.all([
    follow(Service, table.allServices, table.service),
    follow(EndpointSlice, table.allSlices, (key, slice) => {
      table.slice(key, slice);
      forget();
    }),
  ]);
  await table.settled();
  return {
    leave: traffic.leave,
    stop: async () => {
      stopping.abort();
      await Promise.all(followed.map(({ ended }) => ended));
      await table.close();
    },
  };
}
