import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whoever works in the folder, was started from it, or was told about it. */
export function processesOf(root: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => [link(pid, 'cwd'), commandLineOf(pid), text(pid, 'environ')].some((seen) => seen.includes(root))).map(Number);
}

export const commandLineOf = (pid: number | string): string => text(pid, 'cmdline').replaceAll('\0', ' ');

// A process may end between two looks; what is gone does not belong to anybody.
function text(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function link(pid: number | string, file: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${file}`);
  } catch {
    return '';
  }
}
