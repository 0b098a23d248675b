import type { Log } from '@fairway/resources/log';
import type { Cause, Clock, Resources } from '@fairway/resources/model';
import type { ImageStore } from '../images/index.ts';
import type { ServiceProxy } from '../proxy/index.ts';
import type { ProcessRuntime } from '../runtime/index.ts';
import type { MachineSettings } from './machine-settings.ts';
import type { RecordEvent } from './record-event.ts';

/** What every part of the node agent gets. */
export interface AgentContext {
  resources: Resources;
  runtime: ProcessRuntime;
  images: ImageStore;
  /** What connects applications with Services. */
  services: Pick<ServiceProxy, 'leave'>;
  nodeName: string;
  machinePath: string;
  machineSettings: MachineSettings;
  clock: Clock;
  log: Log;
  /** Aborts when the agent stops. */
  signal: AbortSignal;
  cause: (action: string) => Cause;
  recordEvent: RecordEvent;
  /** Ports that pods of this node took without asking, but for those of one pod. */
  fixedPorts: (exceptPodUid: string) => readonly { port: number; pod: string }[];
}
