import type { ApiClassSpec, BindingSpec, ReleaseSpec, ReleaseStatus } from '@fairway/contracts';
import type { Resource } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { type Reconciled, waiting } from '@fairway/resources/reconcile';
import type { Scope } from '../labels.ts';
import type { BaseOfImage, GatewayAddress } from '../ports.ts';
import type { RenderedResource, Variable } from '../render/render-input.ts';
import type { BindingResource, BindingRow, ClassSpec } from './binding-kinds.ts';

export type ReleaseResource = Resource<ReleaseSpec, ReleaseStatus>;

export interface BindingDependencies {
  gateway: GatewayAddress;
  baseOfImage: BaseOfImage;
}

/** Configuration of one environment: values by variable, and keys of secret versions by variable. */
export interface Configuration {
  values: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, { name: string; version: number; key: string }>>;
  secretVersions: Readonly<Record<string, number>>;
}

/** What the steps of one reconcile know so far. A step answers a new one and never changes it. */
export interface BindingWork {
  row: BindingRow;
  binding: BindingResource;
  spec: BindingSpec;
  scope: Scope;
  classSpec: ClassSpec;
  apiClasses: Readonly<Record<string, ApiClassSpec>>;
  configuration: Configuration;
  /** Variables that connections give to every container. */
  connected: readonly Variable[];
  resources: readonly RenderedResource[];
  renderedDigest: string;
  record: string | undefined;
  release: ReleaseResource | undefined;
  /** Everything that was looked at, present or not: a change of it wakes this binding. */
  dependencies: readonly string[];
}

type StepResult = { next: BindingWork } | { stop: Reconciled; dependencies?: readonly string[] };

/** One named step. It may be run again at any time, and twice with the same input makes nothing twice. */
export type Step = (work: BindingWork, context: ReconcileContext, deps: BindingDependencies) => Promise<StepResult>;

type ReadyCondition = NonNullable<Reconciled['conditions']>[number];

export const ready = (reason: string, message: string): ReadyCondition => ({ type: 'Ready', status: 'True', reason, message });
export const notReady = (reason: string, message: string): ReadyCondition => ({ type: 'Ready', status: 'False', reason, message });

/** Something is missing or wrong outside of this object; its change wakes us, and the timer is the net under that. */
export const stopWaiting = (reason: string, message: string, dependencies: readonly string[] = []): StepResult => ({
  stop: { outcome: waiting(reason, message, 30_000), conditions: [notReady(reason, message)] },
  dependencies,
});
