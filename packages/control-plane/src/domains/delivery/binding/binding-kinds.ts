import {
  type BindingSpec,
  type BindingStatus,
  type ConditionedStatus,
  ScheduledTask,
  ScheduledTaskBinding,
  ScheduledTaskClass,
  type ScheduledTaskClassSpec,
  Service,
  ServiceBinding,
  ServiceClass,
  type ServiceSpec,
  WebApplication,
  WebApplicationBinding,
  WebApplicationClass,
  type WorkloadClassSpec,
} from '@fairway/contracts';
import type { Kind, Resource } from '@fairway/resources/model';

export type BindingResource = Resource<BindingSpec, BindingStatus>;
export type TypedResource = Resource<ServiceSpec, ConditionedStatus>;
export type ClassSpec = WorkloadClassSpec & ScheduledTaskClassSpec;
export type ComponentType = 'Service' | 'WebApplication' | 'ScheduledTask';

/** What differs between services, web applications and scheduled tasks; everything else in delivery is one code for the three. */
export interface BindingRow {
  type: ComponentType;
  typed: Kind<ServiceSpec, ConditionedStatus>;
  binding: Kind<BindingSpec, BindingStatus>;
  class: Kind<ClassSpec, ConditionedStatus>;
  /** Name of the controllers: `delivery/service`, `delivery/service-binding`. */
  word: string;
}

const row = (type: ComponentType, word: string, kinds: { typed: Kind; binding: Kind; class: Kind }): BindingRow => ({
  type,
  word,
  typed: kinds.typed as BindingRow['typed'],
  binding: kinds.binding as BindingRow['binding'],
  class: kinds.class as BindingRow['class'],
});

export const bindingRows: readonly BindingRow[] = [
  row('Service', 'service', { typed: Service, binding: ServiceBinding, class: ServiceClass }),
  row('WebApplication', 'web-application', { typed: WebApplication, binding: WebApplicationBinding, class: WebApplicationClass }),
  row('ScheduledTask', 'scheduled-task', { typed: ScheduledTask, binding: ScheduledTaskBinding, class: ScheduledTaskClass }),
];

export const rowOfType = (type: string): BindingRow | undefined => bindingRows.find((candidate) => candidate.type === type);
