import { checkTag, digestHex, repositoryParts } from './names.ts';

/** Where the registry's records lie: below an image's name its blobs, manifests and tags. */

export const allRepositories = ['repositories'];
export const repositoryFolder = (repository: string) => [...allRepositories, ...repositoryParts(repository)];
export const blobFolder = (repository: string) => [...repositoryFolder(repository), 'blobs'];
export const manifestFolder = (repository: string) => [...repositoryFolder(repository), 'manifests'];
export const tagFolder = (repository: string) => [...repositoryFolder(repository), 'tags'];

export const blobRecord = (repository: string, digest: string) => [...blobFolder(repository), digestHex(digest)];
export const manifestRecord = (repository: string, digest: string) => [...manifestFolder(repository), digestHex(digest)];
export const tagRecord = (repository: string, tag: string) => [...tagFolder(repository), checkTag(tag)];
