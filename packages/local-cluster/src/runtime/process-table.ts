/** One process as the operating system shows it. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  /** Process group and session. */
  group: number;
  session: number;
  /** Opaque; together with pid and boot id it names a process for good. */
  startedAt: string;
  /** Processor time of the process itself, and of children that it has waited for. */
  cpuMs: number;
  childCpuMs: number;
  memoryBytes: number;
  /** Dead, and not yet waited for by its parent. */
  isZombie: boolean;
}

export interface Listener {
  pid: number;
  port: number;
}

/** What Fairway asks the operating system about processes. Everything else is the same on Linux and macOS. */
export interface ProcessTable {
  /** Changes with every start of the machine; process ids of another boot mean nothing. */
  bootId(): Promise<string>;
  /** All processes, at most 100,000. */
  list(): Promise<ProcessEntry[]>;
  /** One process; undefined when it is gone. */
  find(pid: number): Promise<ProcessEntry | undefined>;
  /** The environment it was started with; undefined when it is gone or not ours to read. */
  environ(pid: number): Promise<ReadonlyMap<string, string> | undefined>;
  /** TCP ports on which these processes listen. */
  listeners(pids: readonly number[]): Promise<Listener[]>;
}

/** `NAME=value` texts as a map; the first of two with the same name wins, as in libc. */
export const parseEnviron = (texts: readonly string[]): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at > 0 && !found.has(text.slice(0, at))) found.set(text.slice(0, at), text.slice(at + 1));
  }
  return found;
};
