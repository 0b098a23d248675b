import { mkdir, rm } from 'node:fs/promises';
import { invalid, type Problem } from '@fairway/resources/model';
import { type ImageConfig, parseConfig, parseManifest } from './image-shapes.ts';
import type { RegistryClient } from './registry-client.ts';
import { createUnpackBudget, sealFolders, unpackLayer } from './unpack-layer.ts';

const layerAnnotation = 'fairway.dev/layer';

const noApplication = (reference: string): Problem =>
  invalid(
    `image ${reference} has no application layer: all its layers are base layers, which a process runtime does not unpack. Build it with Fairway, or run it on a cluster that runs containers`,
  );

/** Downloads, verifies and unpacks all but the base layers of an image into a folder, which the caller removes when this fails. */
export async function fetchImage(plan: {
  client: RegistryClient;
  reference: string;
  manifest: Buffer;
  folder: string;
}): Promise<ImageConfig> {
  const { client, reference, folder } = plan;
  const manifest = parseManifest(plan.manifest);
  if ('manifests' in manifest) throw invalid('the image is an index of indexes');
  const layers = manifest.layers.filter(({ annotations }) => annotations?.[layerAnnotation] !== 'base');
  if (layers.length === 0) throw noApplication(reference);
  const config = parseConfig(await client.blob(manifest.config));
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const budget = createUnpackBudget();
  for (const layer of layers) {
    const blob = `${folder}.layer`;
    await client.download(layer, blob);
    await unpackLayer({ blob, root: folder, budget });
    await rm(blob);
  }
  await sealFolders(folder, 'readonly');
  return config;
}
