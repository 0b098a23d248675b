/**
 * The driver for blobs and records of the registry in a folder of the disk: content-addressed files, written to disk before they get their name.
 * It fills the ports of domains/artifacts and must not know what its bytes mean. Start with folder-blobs.ts.
 */
export { createFolderBlobs } from './folder-blobs.ts';
export { createFolderRecords } from './folder-records.ts';
