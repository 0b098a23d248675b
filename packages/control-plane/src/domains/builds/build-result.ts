import type { BuildSpec, BuildStatus, Detected, PipelineRunStatus, WorkloadTemplate } from '@fairway/contracts';
import type { Resource } from '@fairway/resources/model';
import type { Images } from './ports.ts';

type Failure = NonNullable<BuildStatus['failure']>;
export type BuildResult =
  | { is: 'failed'; failure: Failure }
  | { is: 'built'; image: string; found: Pick<BuildStatus, 'detected' | 'workload' | 'workloadName' | 'commit'> };

/** What the builder left: digest or failure in the termination message, everything else as a label of the image that it pushed. */
export async function readResult(images: Images, build: Resource<BuildSpec>, run: PipelineRunStatus): Promise<BuildResult> {
  const step = run.steps?.find(({ name }) => name === 'build');
  const message = parseObject(step?.result);
  const digest = message?.digest;
  if (run.phase === 'Succeeded' && typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)) {
    const { reference, image } = images.target(
      build.metadata.namespace ?? '',
      build.spec?.owner.projectName ?? '',
      build.spec?.owner.componentName ?? '',
    );
    const found = parseObject(await images.label(image, digest, 'fairway.dev/result'));
    if (found !== undefined) return { is: 'built', image: `${reference}@${digest}`, found: pick(found) };
    return {
      is: 'failed',
      failure: { phase: 'push', message: `the image ${digest} is not in the registry, or carries no result: build again` },
    };
  }
  return { is: 'failed', failure: failureOf(message?.failure, step) };
}

function failureOf(told: unknown, step: NonNullable<PipelineRunStatus['steps']>[number] | undefined): Failure {
  if (typeof told === 'object' && told !== null) {
    const { phase, line, message } = told as Record<string, unknown>;
    if (typeof message === 'string')
      return { phase: typeof phase === 'string' ? phase : 'build', message, ...(typeof line === 'string' ? { line } : {}) };
  }
  const exit = step?.exitCode === undefined ? '' : ` (exit code ${step.exitCode})`;
  return { phase: 'build', message: step?.message ?? `the build step ended without a result${exit}: look at its log` };
}

function pick(found: Record<string, unknown>): Pick<BuildStatus, 'detected' | 'workload' | 'workloadName' | 'commit'> {
  const { detected, workload, workloadName, commit } = found;
  return {
    ...(isObject(detected) ? { detected: detected as unknown as Detected } : {}),
    ...(isObject(workload) ? { workload: workload as unknown as WorkloadTemplate } : {}),
    ...(typeof workloadName === 'string' ? { workloadName } : {}),
    ...(typeof commit === 'string' ? { commit } : {}),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
