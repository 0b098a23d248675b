import { delimiter } from 'node:path';

const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The machine's PATH for applications: without the tools of any checkout, which they would find by accident, and with the usual folders. */
export const machinePath = (path: string): string => {
  const kept = path.split(delimiter).filter((folder) => folder.startsWith('/') && !folder.includes('/node_modules/'));
  return [...new Set([...kept, ...usual])].join(delimiter);
};
