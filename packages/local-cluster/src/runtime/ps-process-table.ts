import { execFile } from 'node:child_process';
import { type Listener, type ProcessEntry, type ProcessTable, parseEnviron } from './process-table.ts';

const deadlineMs = 5_000;
const maxOutputBytes = 16 * 1024 * 1024;

/** Runs a program with a deadline; a failure is an empty answer, because ps and lsof end with 1 when nothing fits. */
const output = (file: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const options = { timeout: deadlineMs, maxBuffer: maxOutputBytes, env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' } };
    execFile(file, args, options, (_error, stdout) => resolve(stdout));
  });

/** `1-02:03:04.56`, `3:04.56` as milliseconds. */
export const parseCpuTime = (text: string): number => {
  const [days, clock] = text.includes('-') ? (text.split('-') as [string, string]) : ['0', text];
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
};

const columns = 'pid=,ppid=,pgid=,sess=,rss=,time=,stat=,lstart=';

export const parsePsLine = (line: string): ProcessEntry | undefined => {
  const [pid, parent, group, session, rss, time, state, ...started] = line.trim().split(/\s+/);
  if (pid === undefined || time === undefined || state === undefined || started.length === 0) return undefined;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    // macOS shows an address or 0 here; the group stands in, since a container's leader leads its session too.
    session: Number(session) > 0 ? Number(session) : Number(group),
    startedAt: started.join(' '),
    cpuMs: parseCpuTime(time),
    childCpuMs: 0,
    memoryBytes: Number(rss) * 1024,
    isZombie: state.startsWith('Z'),
  };
};

const parseLsof = (text: string): Listener[] => {
  const found: Listener[] = [];
  let pid = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    const port = line.startsWith('n') ? Number(line.slice(line.lastIndexOf(':') + 1)) : Number.NaN;
    if (Number.isInteger(port)) found.push({ pid, port });
  }
  return found;
};

/**
 * The same by `ps`, `sysctl` and `lsof`, for macOS. Start times have a resolution of a second there, and environments are split at spaces:
 * both are enough for our own ids, which have none.
 */
export function createPsProcessTable(): ProcessTable {
  const entries = async (args: readonly string[]): Promise<ProcessEntry[]> =>
    (await output('/bin/ps', [...args, '-o', columns]))
      .split('\n')
      .map(parsePsLine)
      .filter((entry) => entry !== undefined);
  const bootId = output('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).then((text) => text.trim());
  return {
    bootId: () => bootId,
    list: () => entries(['-A']),
    find: async (pid) => (await entries(['-p', String(pid)]))[0],
    environ: async (pid) => {
      const text = await output('/bin/ps', ['-E', '-ww', '-p', String(pid), '-o', 'command=']);
      return text === '' ? undefined : parseEnviron(text.trim().split(' '));
    },
    listeners: async (pids) => {
      if (pids.length === 0) return [];
      return parseLsof(await output('/usr/sbin/lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpn', '-a', '-p', pids.join(',')]));
    },
  };
}
