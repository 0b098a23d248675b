import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildEnvironment, parseBuildEnvironment } from './build-environment.ts';
import { BuildFailure, type BuildOutcome, describeFailure, type Phase } from './build-failure.ts';
import { cloneSource, type Source } from './clone-source.ts';
import { commandEnvironment } from './command-environment.ts';
import { detectApplication } from './detect/detect.ts';
import { readFairwayFile } from './detect/fairway-file.ts';
import type { BuildPlan } from './detect/plan.ts';
import { plainLine } from './failing-line.ts';
import { packApplication } from './pack/pack-application.ts';
import { pushImage } from './push/push-image.ts';
import { runCommands } from './run-commands.ts';
import { openSourceTree } from './source-tree.ts';
import { readToolchain } from './toolchain.ts';

export interface BuildRequest {
  env: Readonly<Record<string, string | undefined>>;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** One build from the variables of its step to an image in the registry. Never throws: every end is an outcome. Leaves no file but its caches. */
export async function runBuild({ env, log, signal }: BuildRequest): Promise<BuildOutcome> {
  const masked = maskedLog(log, env.FAIRWAY_TOKEN);
  let work: string | undefined;
  try {
    const settings = parseBuildEnvironment(env);
    work = mkdtempSync(join(env.TMPDIR || tmpdir(), 'fairway-build-'));
    return { digest: await buildImage({ settings, env, work, log: masked, signal }) };
  } catch (error) {
    const outcome = describeFailure(asFailure(error, signal));
    if ('failure' in outcome) reportFailure(outcome.failure, masked);
    return outcome;
  } finally {
    if (work !== undefined) removeFolder(work, masked);
  }
}

interface Build {
  settings: BuildEnvironment;
  env: BuildRequest['env'];
  work: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

async function buildImage({ settings, env, work, log, signal }: Build): Promise<string> {
  const temporary = join(work, 'tmp');
  mkdirSync(temporary);
  // What tools leave in their temporary folder goes with the build's own.
  const commandEnv = { ...commandEnvironment(env, settings.cache ?? join(work, 'cache')), TMPDIR: temporary };
  const folder = join(work, 'source');
  mkdirSync(folder);

  log(`==> clone ${settings.gitUrl.host}${settings.gitUrl.pathname} at ${settings.revision || 'HEAD'}`);
  const cloned = await cloneSource({ ...settings, url: settings.gitUrl, folder, env: commandEnv, log, signal });

  log('==> detect');
  const { source, plan } = detect(cloned, settings);
  const toolchain = plan.toolchain && (await readToolchain({ program: plan.toolchain, cwd: source.folder, env: commandEnv, signal }));
  for (const line of describePlan(plan, toolchain)) log(line);

  for (const phase of ['install', 'build'] as const) {
    const commands = plan.commands.filter((command) => command.phase === phase);
    log(commands.length === 0 ? `==> ${phase} (nothing to do)` : `==> ${phase}`);
    await runCommands({ commands, cwd: source.folder, env: commandEnv, log, signal });
  }

  log('==> pack');
  const image = await packApplication({ source, plan, toolchain, work, signal });
  for (const layer of image.layers) log(`${layer.digest} ${layer.size} bytes`);

  log(`==> push ${settings.repository}`);
  await pushImage({ ...settings, image, registry: settings.controlPlaneUrl, tag: source.commit, log, signal });
  log(`==> done ${image.digest}`);
  return image.digest;
}

/** Detection may point to a folder further down (`root` of fairway.yaml). */
function detect(source: Source, settings: BuildEnvironment): { source: Source; plan: BuildPlan } {
  const file = readFairwayFile(openSourceTree(source.folder), settings.parameters);
  if (file.root === undefined) return { source, plan: detectApplication(openSourceTree(source.folder), file) };
  const prefix = `${file.root.replace(/\/+$/, '')}/`;
  const files = [...source.files].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  if (files.length === 0)
    throw new BuildFailure('detect', `fairway.yaml: root names the folder "${file.root}", which is not in the repository`);
  const inner = { ...source, folder: join(source.folder, prefix), files: new Set(files) };
  return { source: inner, plan: detectApplication(openSourceTree(inner.folder), file) };
}

function describePlan(plan: BuildPlan, toolchain: string | undefined): string[] {
  return [
    `${plan.language}${toolchain === undefined ? '' : ` (${toolchain})`}, ${plan.shape}${plan.port === undefined ? '' : ` on port ${plan.port}`}`,
    `starts by: ${plan.run.join(' ')}`,
    ...plan.notes.map((note) => `note: ${note}`),
  ];
}

function asFailure(error: unknown, signal: AbortSignal): BuildFailure {
  if (error instanceof BuildFailure) return error;
  if (signal.aborted) return new BuildFailure(phaseUnknown, 'The build was canceled', { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC')
    return new BuildFailure(phaseUnknown, 'The disk of the build machine is full: free some space, then build again', { line: message });
  return new BuildFailure(phaseUnknown, `The builder met an error of its own: ${message}`, { cause: error, line: message });
}
// What has no phase of its own happens while files are written.
const phaseUnknown: Phase = 'pack';

function reportFailure(
  { phase, line, message }: Extract<BuildOutcome, { failure: unknown }>['failure'],
  log: (line: string) => void,
): void {
  log(`==> failed in ${phase}`);
  if (line !== undefined) log(line);
  log(message);
}

/** No line of any program shows the token, in whatever form it was handed over. */
function maskedLog(log: (line: string) => void, token: string | undefined): (line: string) => void {
  if (token === undefined || token === '') return log;
  const secrets = [token, encodeURIComponent(token), Buffer.from(`token:${token}`).toString('base64')];
  return (line) => log(secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line));
}

function removeFolder(folder: string, log: (line: string) => void): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    log(`note: ${folder} could not be removed: ${plainLine((error as Error).message)}`);
  }
}
