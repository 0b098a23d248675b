import type { KindPath, ResourceObject } from './resource-shapes.ts';
import { createResourceClient, type ResourceClient } from './resources.ts';
import { type Call, createTransport, type TransportOptions } from './transport.ts';

interface Envelope<T> {
  success: true;
  data: T;
}

/** A component's place: organization, project, name. */
export interface ComponentPlace {
  organization: string;
  project: string;
  component: string;
}

export interface BindingView {
  name: string;
  type: string;
  environment: string;
  status: { reason: string; message: string; status: string; lastTransitioned: string };
}

export interface BuildView {
  name: string;
  uuid: string;
  commit?: string;
  status?: string;
  image?: string;
}

/** The platform: resources over the Kubernetes protocol, operations by the surface that names them. */
export interface Fairway {
  readonly url: string;
  resources<R extends ResourceObject = ResourceObject>(kind: KindPath, options?: { cluster?: string }): ResourceClient<R>;
  projects: {
    create(
      organization: string,
      project: { name: string; displayName?: string; description?: string; deploymentPipeline?: string },
      signal?: AbortSignal,
    ): Promise<void>;
  };
  components: {
    create(
      place: ComponentPlace,
      component: { type: string; buildConfig?: { repoUrl: string; repoBranch: string; componentPath: string; buildTemplateRef: string } },
      signal?: AbortSignal,
    ): Promise<void>;
    promote(place: ComponentPlace, input: { sourceEnv: string; targetEnv: string }, signal?: AbortSignal): Promise<BindingView[]>;
    /** Binds an earlier deployment of the same environment again; the one before the present one unless `to` names another. */
    rollback(
      place: ComponentPlace,
      input: { environment: string; to?: string },
      signal?: AbortSignal,
    ): Promise<{ componentRelease: string; deploymentRecord: string }>;
    setReleaseState(
      place: ComponentPlace,
      input: { binding: string; releaseState: 'Active' | 'Suspend' | 'Undeploy' },
      signal?: AbortSignal,
    ): Promise<void>;
  };
  builds: { trigger(place: ComponentPlace, commit?: string, signal?: AbortSignal): Promise<BuildView> };
  /** Whatever is not described here: any path of the platform, with the token. */
  raw(call: Call): Promise<Response>;
}

const encode = encodeURIComponent;

export function createFairway(options: TransportOptions): Fairway {
  const transport = createTransport(options);
  const org = (organization: string): string => `/api/v1/orgs/${encode(organization)}`;
  const place = ({ organization, project, component }: ComponentPlace): string =>
    `${org(organization)}/projects/${encode(project)}/components/${encode(component)}`;
  const call = async <T>(
    method: string,
    path: string,
    rest: Pick<Call, 'body' | 'query'> & { signal?: AbortSignal | undefined } = {},
  ): Promise<T> => {
    const { signal, ...others } = rest;
    const answer = await transport.json<Envelope<T>>({ method, path, ...others, ...(signal === undefined ? {} : { signal }) });
    return answer.data;
  };
  return {
    url: options.url,
    resources: (kind, of) =>
      createResourceClient(transport, kind, of?.cluster === undefined ? '/k8s/control' : `/k8s/clusters/${encode(of.cluster)}`),
    projects: { create: (organization, body, signal) => call('POST', `${org(organization)}/projects`, { body, signal }) },
    components: {
      create: ({ organization, project, component: name }, component, signal) =>
        call('POST', `${org(organization)}/projects/${encode(project)}/components`, { body: { name, ...component }, signal }),
      promote: async (at, body, signal) => (await call<{ items: BindingView[] }>('POST', `${place(at)}/promote`, { body, signal })).items,
      rollback: (at, body, signal) => call('POST', `${place(at)}/rollback`, { body, signal }),
      setReleaseState: (at, { binding, releaseState }, signal) =>
        call('PATCH', `${place(at)}/bindings/${encode(binding)}`, { body: { releaseState }, signal }),
    },
    builds: { trigger: (at, commit, signal) => call('POST', `${place(at)}/builds`, { query: { commit }, signal }) },
    raw: (request) => transport.send(request),
  };
}
