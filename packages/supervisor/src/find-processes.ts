import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { bundleOf, type LongLived, longLived, mainOf } from './code-cache.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';

// Some thousand processes with long command lines.
const maxListBytes = 64 * 1024 * 1024;

/** Processes of this user that were started as one of our programs with this state folder, whoever started them. Read from the process table. */
export function findProcesses(home: string): { name: LongLived; process: ProcessIdentity }[] {
  // Whichever way it was started.
  const isStart = (line: string, name: LongLived): boolean =>
    [mainOf('', name), bundleOf('', name)].some((file) => `${line}\0`.includes(`${file}\0--home\0${home}\0`));
  return (process.platform === 'linux' ? linuxProcesses() : portableProcesses(home)).flatMap(({ pid, line }) => {
    const name = longLived.find((one) => isStart(line, one));
    const found = name === undefined ? undefined : identify(pid);
    return name === undefined || found === undefined ? [] : [{ name, process: found }];
  });
}

interface Listed {
  pid: number;
  /** Arguments, with a NUL between them. */
  line: string;
}

function linuxProcesses(): Listed[] {
  const user = process.getuid?.();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // Anybody may give a process our arguments.
      if (statSync(`/proc/${name}`).uid !== user) return [];
      return [{ pid: Number(name), line: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
    } catch {
      // It ended while the list was read.
      return [];
    }
  });
}

/** Elsewhere `ps` puts spaces between arguments; the state folder's own ones are kept. */
function portableProcesses(home: string): Listed[] {
  const options = { encoding: 'utf8', timeout: 5_000, maxBuffer: maxListBytes } as const;
  const list = execFileSync('ps', ['-x', '-o', 'pid=', '-o', 'command='], options);
  return list.split('\n').flatMap((row) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(row) ?? [];
    if (pid === undefined || command === undefined) return [];
    const parts = command.split(home).map((part) => part.trim().replaceAll(' ', '\0'));
    return [{ pid: Number(pid), line: parts.join(`\0${home}\0`) }];
  });
}
