import { createHash } from 'node:crypto';
import type { Layer } from './tar-layer.ts';

export interface ImageSource {
  layers: readonly { layer: Layer; kind: 'base' | 'dependencies' | 'application' }[];
  /** Program and arguments. Relative paths, because the process runtime runs the image from another folder than `/app`. */
  command: readonly string[];
  env: readonly string[];
  port: number | undefined;
  labels: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  createdAt: number;
}

/** Everything of an image but its layers' bytes. */
export interface Image {
  digest: string;
  manifest: Buffer;
  config: { digest: string; bytes: Buffer };
  layers: readonly Layer[];
}

const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;
export const manifestMediaType: string = mediaTypes.manifest;

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Makes configuration and manifest. The same source gives the same bytes: key order is fixed, labels are sorted, the only time is the commit's. */
export function createImage(source: ImageSource): Image {
  const created = new Date(source.createdAt * 1000).toISOString().replace('.000Z', 'Z');
  const labels = Object.fromEntries(Object.entries(source.labels).sort(([one], [other]) => (one < other ? -1 : 1)));
  const config = Buffer.from(
    JSON.stringify({
      created,
      architecture: architectures[process.arch] ?? process.arch,
      os: process.platform === 'darwin' ? 'darwin' : 'linux',
      config: {
        Env: source.env,
        Cmd: source.command,
        WorkingDir: '/app',
        ...(source.port === undefined ? {} : { ExposedPorts: { [`${source.port}/tcp`]: {} } }),
        Labels: labels,
      },
      rootfs: { type: 'layers', diff_ids: source.layers.map(({ layer }) => layer.digest) },
      history: source.layers.map(({ kind }) => ({ created, created_by: `fairway builder: ${kind}` })),
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: digestOf(config), size: config.length },
      layers: source.layers.map(({ layer, kind }) => ({
        mediaType: mediaTypes.layer,
        digest: layer.digest,
        size: layer.size,
        annotations: { 'fairway.dev/layer': kind },
      })),
    }),
  );
  return {
    digest: digestOf(manifest),
    manifest,
    config: { digest: digestOf(config), bytes: config },
    layers: source.layers.map(({ layer }) => layer),
  };
}
