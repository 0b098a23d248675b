import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '@fairway/resources/model';

const volumeName = /^pvc-[0-9a-f-]{36}$/;

/** Folders of persistent volumes below a root, named after their volumes. */
export const createVolumeFolders = (root: string) => {
  const pathOf = (volume: string): string => {
    if (!volumeName.test(volume)) throw invalid(`"${volume}" is not the name of a volume of this cluster`);
    return join(root, volume);
  };
  return {
    pathOf,
    async remove(volume: string, signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      await rm(pathOf(volume), { recursive: true, force: true, maxRetries: 3 });
    },
  };
};
