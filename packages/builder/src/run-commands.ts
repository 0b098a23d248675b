import { BuildFailure } from './build-failure.ts';
import type { PlannedCommand } from './detect/plan.ts';
import { findFailingLine } from './failing-line.ts';
import { runCommand } from './run-command.ts';
import { findProgram } from './toolchain.ts';

export interface CommandsRequest {
  commands: readonly PlannedCommand[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  log: (line: string) => void;
  signal: AbortSignal;
}

// Beyond it a script waits for something that never comes; the step's own deadline is 30 minutes by default.
const commandTimeoutMs = 25 * 60_000;

/** Runs the commands of a phase one after the other; the first that fails ends the build. */
export async function runCommands({ commands, cwd, env, log, signal }: CommandsRequest): Promise<void> {
  for (const command of commands) {
    const environment = { ...env, ...command.env };
    const program = locate(command, environment.PATH ?? '');
    const shown = [command.file, ...command.args].join(' ');
    log(`$ ${shown}`);
    const result = await runCommand({ ...program, cwd, env: environment, log, signal, timeoutMs: commandTimeoutMs }).catch(
      (cause: unknown) => {
        throw new BuildFailure(command.phase, `\`${shown}\` could not be started: ${(cause as Error).message}`, { cause });
      },
    );
    if (result.exitCode === 0 && result.stopped === undefined) continue;
    throw new BuildFailure(command.phase, endMessage(shown, result), { line: findFailingLine(result.lastLines) });
  }
}

function endMessage(shown: string, { exitCode, stopped }: { exitCode: number | undefined; stopped?: 'timeout' | 'canceled' }): string {
  if (stopped === 'canceled') return `The build was canceled during \`${shown}\``;
  if (stopped === 'timeout') return `\`${shown}\` did not end within ${commandTimeoutMs / 60_000} minutes and was stopped`;
  const how = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
  return `\`${shown}\` ${how}: correct what the line says and push again; the same command shows it on your machine`;
}

/** The program of a command. yarn and pnpm are fetched by npm, with its own check of integrity, where they are not installed. */
function locate(command: PlannedCommand, path: string): { file: string; args: readonly string[] } {
  const file = findProgram(command.file, path);
  if (file !== undefined) return { file, args: command.args };
  const npm = command.package === undefined ? undefined : findProgram('npm', path);
  if (npm !== undefined) return { file: npm, args: ['exec', '--yes', `--package=${command.package}`, '--', command.file, ...command.args] };
  throw new BuildFailure(command.phase, `"${command.file}" is not on the build machine: install it there, then build again`, {
    line: `${command.file}: command not found`,
  });
}
