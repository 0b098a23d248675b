import type { Resources } from '@fairway/resources/model';
import type { Controller } from '@fairway/resources/reconcile';
import type { Artifacts } from '#domains/artifacts';
import { buildController, buildRetentionController, componentBuildController, type Images, type Sources } from '#domains/builds';
import { catalogControllers } from '#domains/catalog';
import { deliveryControllers } from '#domains/delivery';
import { fleetControllers } from '#domains/fleet';
import { type LogArchive, pipelineRunController } from '#domains/pipelines';
import { type GitHost, repositoryController } from '#domains/repositories';
import { accessTokenController, organizationController, type Tokens } from '#domains/tenancy';
import { healthOfObject, type Planes } from './planes.ts';
import type { RetentionFigures } from './retention-figures.ts';
import { createRunTokens } from './run-tokens.ts';
import { createRuns } from './runs.ts';
import type { Settings } from './settings.ts';

export interface ControllerParts {
  settings: Settings;
  resources: Resources;
  tokens: Tokens;
  git: GitHost;
  sources: Sources;
  artifacts: Pick<Artifacts, 'imageLabel'>;
  archive: LogArchive;
  planes: Omit<Planes, 'clients'>;
  images: Images;
  retention: RetentionFigures;
}

/** All controllers of the control plane, each with what it needs of the others' rooms. */
export function createControllers(parts: ControllerParts): Controller[] {
  const { settings, resources, tokens, git, sources, artifacts, archive, planes, images, retention } = parts;
  return [
    organizationController(),
    accessTokenController(),
    repositoryController({ git }),
    componentBuildController({ sources }),
    buildController({ sources, runs: createRuns(resources), images }),
    buildRetentionController({ builds: settings.keepBuilds, removed: (count) => retention.removed('builds', { count }) }),
    pipelineRunController({ buildPlanes: planes.buildPlanes, archive, url: settings.advertisedUrl, tokens: createRunTokens(tokens) }),
    ...catalogControllers({
      secrets: { versions: settings.keepSecretVersions, removed: (count) => retention.removed('secret-versions', { count }) },
    }),
    ...deliveryControllers({
      dataPlanes: planes.dataPlanes,
      healthOf: healthOfObject,
      openSecret: planes.openSecret,
      gateway: () => ({ scheme: 'http', port: settings.gatewayPort }),
      baseOfImage: async (image) => {
        const own = ownImage(settings.registryHost, image);
        return own === undefined ? undefined : artifacts.imageLabel(own.repository, own.digest, 'fairway.dev/base');
      },
      retention: {
        releases: settings.keepReleases,
        deployments: settings.keepDeployments,
        removed: (what, count) => retention.removed(what, { count }),
      },
    }),
    ...fleetControllers({ clusters: planes.clusters, openCurrentSecret: planes.openCurrentSecret }),
  ] as unknown as Controller[];
}

/** Repository and digest of a reference into our own registry; undefined for any other. */
function ownImage(host: string, reference: string): { repository: string; digest: string } | undefined {
  const at = reference.indexOf('@');
  return reference.startsWith(`${host}/`) && at !== -1
    ? { repository: reference.slice(host.length + 1, at), digest: reference.slice(at + 1) }
    : undefined;
}
