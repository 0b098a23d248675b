import type { BindingSpec, BindingStatus, BuildSpec, BuildStatus, ComponentBuild } from '@fairway/contracts';
import type { Cause, Kind, Resource, Resources } from '@fairway/resources/model';

export interface ComponentPlace {
  organization: string;
  project: string;
  component: string;
}

type Binding = Resource<BindingSpec, BindingStatus>;

/** The operations behind this surface; app fills them from the domains. */
export interface OpenChoreoDependencies {
  resources: Resources;
  /** The permission that a write of this kind needs, by whatever way it comes. */
  permissionFor(kind: Kind, verb: 'create' | 'update' | 'delete'): string;
  createProject(
    cause: Cause,
    input: { organization: string; name: string; displayName?: string; description?: string; deploymentPipeline?: string },
  ): Promise<void>;
  createComponent(
    cause: Cause,
    input: ComponentPlace & { displayName?: string; description?: string; type: string; build?: ComponentBuild },
  ): Promise<void>;
  /** Bindings of a component, in the order of its project's pipeline, then by name. */
  listBindings(place: ComponentPlace, environments: readonly string[]): Promise<readonly Binding[]>;
  promote(cause: Cause, input: ComponentPlace & { sourceEnvironment: string; targetEnvironment: string }): Promise<void>;
  rollback(
    cause: Cause,
    input: ComponentPlace & { environment: string; to?: string },
  ): Promise<{ componentRelease: string; deploymentRecord: string }>;
  setReleaseState(
    cause: Cause,
    input: ComponentPlace & { binding: string; releaseState: 'Active' | 'Suspend' | 'Undeploy' },
  ): Promise<Binding>;
  triggerBuild(cause: Cause, input: ComponentPlace & { commit?: string; signal: AbortSignal }): Promise<Resource<BuildSpec, BuildStatus>>;
}
