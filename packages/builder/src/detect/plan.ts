/** A command as it is written in the log and run by an argument list. */
export interface PlannedCommand {
  phase: 'install' | 'build';
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** The npm package that holds the program, for a machine where it is not installed. */
  package?: string;
}

export type Shape = 'web' | 'worker' | 'task' | 'service';
export type Language = 'node' | 'python' | 'go' | 'static' | 'procfile';

/** What goes into the image. */
export type Contents =
  /** The application's folder as it is after the build. */
  | { kind: 'folder' }
  /** Single files of it, by path in the folder and path in the image. */
  | { kind: 'files'; files: Readonly<Record<string, string>> }
  /** A folder of a web site and the static server; the first candidate that holds an index.html after the build. */
  | { kind: 'site'; candidates: readonly string[] };

export interface WorkloadEndpointPlan {
  type: 'HTTP' | 'REST' | 'gRPC' | 'GraphQL' | 'Websocket' | 'TCP' | 'UDP';
  port: number;
  schema?: { type?: string; content?: string };
}
export interface WorkloadPlan {
  name: string;
  endpoints: Record<string, WorkloadEndpointPlan>;
  connections: Record<string, unknown>;
}

/** How a language builds and starts an application; what is left to decide is its shape. */
export interface LanguagePlan {
  language: Language;
  commands: readonly PlannedCommand[];
  /** Program and arguments, started in the application's folder. Undefined: the application must say it (Procfile, fairway.yaml). */
  run?: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Folder that is a layer of its own, because it changes seldom. */
  dependencies?: 'node_modules' | '.python-packages';
  contents: Contents;
  /** Folders of programs that a command line of the user may name. */
  programs: readonly string[];
  /** Program whose version is recorded, with the argument that prints it. */
  toolchain?: readonly [file: string, arg: string];
  notes: readonly string[];
  /** Why there is no `run`. */
  missingRun?: string;
}

/** Everything that the later phases need to know. */
export interface BuildPlan extends Omit<LanguagePlan, 'run' | 'missingRun'> {
  shape: Shape;
  run: readonly string[];
  schedule?: string;
  /** The port that the container declares; absent for workers and tasks. */
  port?: number;
  /** True when the application listens on `port` whatever `PORT` says. */
  isPortFixed: boolean;
  workload?: WorkloadPlan;
}

export const defaultPort = 8080;
