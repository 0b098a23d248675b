import { createHash } from 'node:crypto';
import { invalid } from '@fairway/resources/model';

export interface Descriptor {
  digest: string;
}

/** What the registry reads of a manifest; the rest is kept as it is. */
export interface ManifestContent {
  mediaType: string;
  /** Digests that must be in the repository as blobs. */
  blobs: readonly string[];
  /** Digests that must be in the repository as manifests. */
  manifests: readonly string[];
}

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const known: readonly string[] = [
  ociManifest,
  ociIndex,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

const problem = (message: string) => invalid(message, [], { code: 'MANIFEST_INVALID' });

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Reads a manifest. `announced` is the Content-Type that it came with; a manifest that names its type itself must agree. */
export function readManifest(bytes: Uint8Array, announced?: string): ManifestContent {
  const value = parseObject(bytes);
  if (value.schemaVersion !== 2) throw problem('the manifest has no schemaVersion 2: push an OCI or Docker v2 image');
  const isIndex = Array.isArray(value.manifests);
  const own = typeof value.mediaType === 'string' ? value.mediaType : undefined;
  const mediaType = own ?? announced ?? (isIndex ? ociIndex : ociManifest);
  if (announced !== undefined && announced !== mediaType)
    throw problem(`the manifest says that it is ${mediaType}, but was sent as ${announced}`);
  if (!known.includes(mediaType)) throw problem(`manifests of type ${mediaType} are not stored: known are ${known.join(', ')}`);
  if (isIndex) return { mediaType, blobs: [], manifests: digests(value.manifests as unknown[]) };
  if (!Array.isArray(value.layers)) throw problem('the manifest has no layers');
  // A layer that lies elsewhere by its own description is not asked for here.
  const present = (value.layers as { urls?: unknown }[]).filter((layer) => layer?.urls === undefined);
  return { mediaType, blobs: digests([value.config, ...present]), manifests: [] };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw problem('the manifest is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw problem('the manifest is not a JSON object');
}

function digests(descriptors: readonly unknown[]): string[] {
  return descriptors.map((descriptor) => {
    const digest = (descriptor as Partial<Descriptor> | null | undefined)?.digest;
    if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw problem('a part of the manifest has no sha256 digest');
    return digest;
  });
}
