import { Lease } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import type { Log } from '@fairway/resources/log';
import type { Clock } from '@fairway/resources/model';

export interface LeaseDeps {
  client: ClusterClient;
  clock: Clock;
  log: Log;
  /** This process, for people who look at the lease. */
  holder: string;
}

const renewMs = 5_000;
const durationSeconds = 15;
// Below the renewal, so that two calls never overlap.
const callTimeoutMs = 4_000;

const micro = (epochMs: number): string => new Date(epochMs).toISOString().replace('Z', '000Z');

/** Keeps the lease `kube-system/fairway-gateway`: while it is alive, node agents wait for drained endpoints. The answer gives it up. */
export function holdLease({ client, clock, log, holder }: LeaseDeps): { release(): Promise<void> } {
  let isHeld = true;
  let failures = 0;
  let cancel = (): void => {};

  const write = (spec: Record<string, unknown>): Promise<unknown> =>
    client.apply(
      Lease,
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'kube-system', name: 'fairway-gateway' }, spec },
      { fieldManager: 'fairway-gateway', force: true, timeoutMs: callTimeoutMs },
    );
  const renew = async (): Promise<void> => {
    try {
      await write({ holderIdentity: holder, leaseDurationSeconds: durationSeconds, renewTime: micro(clock.now()) });
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1 || failures % 12 === 0) log.warn('could not renew the lease', { failures, error });
    }
    // After a failure sooner, so that one lost call does not cost the lease.
    if (isHeld)
      cancel = clock.after(failures === 0 ? renewMs : 1_000, () => {
        renewing = renew();
      });
  };
  let renewing = renew();

  return {
    /** An empty holder and one second: node agents need not wait for a gateway that is gone. */
    release: async () => {
      isHeld = false;
      cancel();
      // A renewal that is on its way would take the lease again, and node agents would wait for nobody.
      await renewing;
      await write({ holderIdentity: '', leaseDurationSeconds: 1, renewTime: micro(clock.now()) }).catch((error: unknown) =>
        log.debug('could not give the lease up', { error }),
      );
    },
  };
}
