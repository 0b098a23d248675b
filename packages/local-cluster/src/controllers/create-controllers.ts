import type { Controller } from '@fairway/resources/reconcile';
import { createAutoscalerController } from './autoscalers/autoscaler-controller.ts';
import type { ContainerUsage } from './autoscalers/replica-count.ts';
import { createNamespaceController } from './cluster/namespace-controller.ts';
import { createScheduler } from './cluster/scheduler.ts';
import { createDaemonSetController } from './daemon-sets/daemon-set-controller.ts';
import { createDeploymentController } from './deployments/deployment-controller.ts';
import { createEventExpiry } from './events/event-expiry.ts';
import { createCronJobController } from './jobs/cron-job-controller.ts';
import { createJobController } from './jobs/job-controller.ts';
import { createQuotaController } from './quotas/quota-controller.ts';
import { createReplicaSetController } from './replica-sets/replica-set-controller.ts';
import { createEndpointsController } from './services/endpoints-controller.ts';
import { createStatefulSetController } from './stateful-sets/stateful-set-controller.ts';
import { createClaimController, type VolumeFolders } from './storage/claim-controller.ts';

export interface ControllerDeps {
  nodeName: string;
  nameSuffix: () => string;
  folders: VolumeFolders;
  /** What the containers of this machine use just now. */
  usage: () => Promise<readonly ContainerUsage[]>;
}

/** Everything that Kubernetes' controller manager and scheduler do here. */
export const createControllers = (deps: ControllerDeps): readonly Controller[] => [
  createNamespaceController(),
  createScheduler(deps),
  createDeploymentController(),
  createReplicaSetController(deps),
  createStatefulSetController(),
  createDaemonSetController(deps),
  createClaimController(deps),
  createJobController(deps),
  createCronJobController(),
  createEndpointsController(),
  createQuotaController(),
  createAutoscalerController(deps),
  createEventExpiry(),
];
