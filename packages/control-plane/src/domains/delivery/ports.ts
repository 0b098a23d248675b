import type { AnyResource, Resource } from '@fairway/resources/model';

/** What delivery needs from outside; `app/wire.ts` fills it. */

export interface ObjectKind {
  apiVersion: string;
  kind: string;
}

export interface ObjectReference extends ObjectKind {
  namespace?: string;
  name: string;
}

/** One cluster in its role of running components. Every method ends when `signal` aborts; failures are Problems (`unavailable` when out of reach). */
export interface DataPlane {
  /** Server-side apply of one object; answers it as the cluster stored it. May be called again; the same object is no change. */
  apply(object: Resource, options: { fieldManager: string; force: boolean }, signal: AbortSignal): Promise<AnyResource>;
  /** The live object; undefined when it, its namespace or its kind is absent. */
  get(reference: ObjectReference, signal: AbortSignal): Promise<AnyResource | undefined>;
  /** All live objects of these kinds, in every namespace, that the label selector chooses. Kinds that the cluster does not know count as empty. */
  listByLabel(kinds: readonly ObjectKind[], labelSelector: string, signal: AbortSignal): Promise<readonly AnyResource[]>;
  /** Deletes in the background. Succeeds when the object is already gone. */
  remove(reference: ObjectReference, signal: AbortSignal): Promise<void>;
  /** Makes the namespace if it is absent; leaves an existing one alone. */
  ensureNamespace(name: string, labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
  /** Makes the Secret `fairway-registry` of the namespace, and renews its token before it ends. */
  ensurePullSecret(namespace: string, signal: AbortSignal): Promise<void>;
  /**
   * Calls `onChange` for every object of these kinds that changes while it runs, with its last form. Survives lost connections by itself and
   * may report an object more than once; ends only when `signal` aborts.
   */
  follow(
    selection: { kinds: readonly ObjectKind[]; labelSelector: string },
    onChange: (object: AnyResource) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

export interface DataPlanes {
  /** The data plane of an environment. Throws `not-found` when environment or data plane is absent, `unavailable` when it cannot be reached. */
  forEnvironment(organization: string, environment: string, signal: AbortSignal): Promise<DataPlane>;
  /**
   * Every distinct data plane, for following; called again and again. `connection` is another one when address or credentials have changed:
   * what follows by the old one would never be answered again.
   */
  all(signal: AbortSignal): Promise<readonly { name: string; plane: DataPlane; connection: object }[]>;
}

export type HealthStatus = 'Unknown' | 'Missing' | 'Progressing' | 'Healthy' | 'Suspended' | 'Degraded';

export interface Health {
  status: HealthStatus;
  /** Why, for a person: the exit reason with its last lines, the probe that fails; absent or empty when there is nothing to say. Holds no secret values. */
  message?: string;
}

/** Health of one live object; `pods` are those that its selector or its jobs own. Pure. */
export type HealthOf = (object: AnyResource, related: { pods: readonly AnyResource[] }) => Health;

export interface SecretVersionReference {
  organization: string;
  secret: string;
  version: number;
}

/** The values of one secret version in the clear. Throws `not-found` when the version is gone. Never to be logged or stored. */
export type OpenSecret = (reference: SecretVersionReference, signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

/** The base of an image (`none` for an image that holds the application alone); undefined for an image that Fairway did not build. */
export type BaseOfImage = (image: string, signal: AbortSignal) => Promise<string | undefined>;

/** Where the gateway of an environment answers, as its users see it. Read at every reconcile, so that a moved port reaches the status. */
export type GatewayAddress = (organization: string, environment: string) => { scheme: 'http' | 'https'; port: number };
