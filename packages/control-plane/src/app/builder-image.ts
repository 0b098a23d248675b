import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createImage, writeLayer } from '@fairway/builder';
import { unavailable } from '@fairway/resources/model';
import type { Artifacts } from '#domains/artifacts';

export const builderRepository = 'fairway/system/builder';

/** Packs the bundled builder as a one-layer image and puts it into our registry. The same bundle is the same digest, so doing it again changes nothing. */
export async function publishBuilder(artifacts: Artifacts, bundle: string, signal: AbortSignal): Promise<string> {
  if (!existsSync(bundle)) throw unavailable(`the builder's bundle ${bundle} is not there: run npm run build`);
  const folder = await mkdtemp(join(tmpdir(), 'fairway-builder-'));
  try {
    const content = await readFile(bundle);
    const layer = await writeLayer(
      join(folder, 'layer.tar'),
      [{ path: 'app/builder.mjs', type: 'file', source: { content }, executable: false }],
      signal,
    );
    const image = createImage({
      layers: [{ layer, kind: 'application' }],
      command: ['node', 'builder.mjs'],
      env: [],
      port: undefined,
      labels: { 'fairway.dev/base': 'none' },
      createdAt: 0,
    });
    if ((await artifacts.manifest(builderRepository, image.digest)) !== undefined) return image.digest;
    const put = async (digest: string, bytes: Buffer): Promise<void> => {
      if ((await artifacts.blobSize(builderRepository, digest)) !== undefined) return;
      const upload = await artifacts.startUpload(builderRepository);
      await artifacts.appendUpload({ repository: builderRepository, upload, source: Readable.from([bytes]), signal });
      await artifacts.finishUpload(builderRepository, upload, digest);
    };
    await put(layer.digest, await readFile(layer.file));
    await put(image.config.digest, image.config.bytes);
    await artifacts.putManifest({ repository: builderRepository, reference: image.digest, bytes: image.manifest });
    return image.digest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
