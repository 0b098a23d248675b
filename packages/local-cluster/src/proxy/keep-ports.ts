import type { Log } from '@fairway/resources/log';
import type { Clock } from '@fairway/resources/model';
import type { Address } from './address-plan.ts';
import type { PortPlan } from './read-targets.ts';
import { openServicePort, type ServicePort } from './service-port.ts';
import type { Traffic } from './traffic.ts';

/** The listeners of one Service. */
export interface KeptPorts {
  /** What shall be listened on from now on, and who answers. */
  use(plans: readonly PortPlan[]): void;
  /** Resolves when what was asked for last is so, or has failed and is tried again later. */
  settled(): Promise<void>;
  /** Closes all. */
  close(): Promise<void>;
}

export interface KeepPortsOptions {
  traffic: Traffic;
  clock: Clock;
  /** Names the Service. */
  log: Log;
  /** A port was taken, and this one is listened on in its place. */
  onMoved: (servicePort: number, to: Address) => Promise<void>;
}

interface OpenPort {
  wanted: Address;
  port: ServicePort;
}

const againMs = 5_000;

const isSame = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port;

/** Opens, moves and closes ports, one step at a time. */
export function keepPorts({ traffic, clock, log, onMoved }: KeepPortsOptions): KeptPorts {
  const open = new Map<number, OpenPort>();
  let plans: readonly PortPlan[] = [];
  let isDirty = false;
  let working: Promise<void> | undefined;
  let cancelRetry = (): void => {};

  const closeOthers = (): void => {
    for (const [servicePort, { wanted, port }] of open) {
      const plan = plans.find((each) => each.servicePort === servicePort);
      if (plan !== undefined && (isSame(plan.address, wanted) || isSame(plan.address, port.address))) continue;
      port.close();
      open.delete(servicePort);
    }
  };
  const bring = async ({ servicePort, address, targets }: PortPlan): Promise<void> => {
    const known = open.get(servicePort) ?? { wanted: address, port: await openServicePort(address, { traffic }) };
    open.set(servicePort, known);
    known.port.use(targets);
    if (!isSame(known.port.address, address)) await onMoved(servicePort, known.port.address);
  };
  const work = async (): Promise<void> => {
    while (isDirty) {
      isDirty = false;
      cancelRetry();
      closeOthers();
      for (const plan of plans) {
        try {
          await bring(plan);
        } catch (error) {
          log.error('a port of a Service cannot be listened on; it is tried again', { port: plan.servicePort, error });
          cancelRetry = clock.after(againMs, again);
        }
      }
    }
  };
  const again = (): void => {
    isDirty = true;
    working ??= work().finally(() => {
      working = undefined;
      if (isDirty) again();
    });
  };
  const use = (next: readonly PortPlan[]): void => {
    plans = next;
    again();
  };
  return {
    use,
    settled: async () => working,
    close: async () => {
      use([]);
      await working;
      cancelRetry();
    },
  };
}
