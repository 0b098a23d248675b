import { isProblem, traceStep } from '@fairway/resources/model';
import { type Image, parseImageReference } from '../images/index.ts';
import type { AgentContext } from './agent-context.ts';
import { backOffMs } from './back-off.ts';
import type { ContainerWork } from './container-work.ts';
import type { PodObject } from './pod-object.ts';
import { findPullCredentials } from './pull-credentials.ts';

// A 2 GB image over a slow line takes minutes; a registry that hangs is noticed by its silence much sooner.
const pullTimeoutMs = 30 * 60_000;

const whenOf = ({ imagePullPolicy, image = '' }: ContainerWork['container']): 'always' | 'if-absent' | 'never' => {
  if (imagePullPolicy === 'Never') return 'never';
  if (imagePullPolicy === 'Always') return 'always';
  const { tag } = parseImageReference(image);
  return imagePullPolicy === undefined && tag === 'latest' ? 'always' : 'if-absent';
};

async function pull(context: AgentContext, pod: PodObject, work: ContainerWork): Promise<Image> {
  const reference = work.container.image ?? '';
  const credentials = await findPullCredentials(context.resources, pod, reference);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(pullTimeoutMs)]);
  const wanted = { reference, signal, when: whenOf(work.container), ...(credentials === undefined ? {} : { credentials }) };
  return traceStep('image pull', () => context.images.pull(wanted));
}

/** The container's image, if it is there; else a pull is begun, or waited for, and `wake` is called at its end. */
export function ensureImage(context: AgentContext, options: { pod: PodObject; work: ContainerWork; wake: () => void }): Image | undefined {
  const { pod, work, wake } = options;
  const { clock, recordEvent } = context;
  const reference = work.container.image ?? '';
  if (work.image !== undefined) return work.image;
  if (work.isPulling) return undefined;
  if (work.tryAgainAt > clock.now()) {
    if (work.waiting?.reason === 'ErrImagePull') work.waiting = { reason: 'ImagePullBackOff', message: work.waiting.message };
    return undefined;
  }
  work.isPulling = true;
  if (work.failedTries === 0) work.waiting = { reason: 'ContainerCreating', message: `pulling image ${reference}` };
  recordEvent(pod, { type: 'Normal', reason: 'Pulling', message: `Pulling image "${reference}"` });
  pull(context, pod, work)
    .then((image) => {
      Object.assign(work, { image, failedTries: 0, tryAgainAt: 0 });
      recordEvent(pod, { type: 'Normal', reason: 'Pulled', message: `Container image "${reference}" is present on this machine` });
    })
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'unknown failure';
      const isName = isProblem(error, 'invalid') && why.startsWith('image reference');
      work.failedTries += 1;
      work.tryAgainAt = clock.now() + backOffMs(work.failedTries);
      work.waiting = { reason: isName ? 'InvalidImageName' : 'ErrImagePull', message: why };
      recordEvent(pod, { type: 'Warning', reason: 'Failed', message: `Failed to pull image "${reference}": ${why}` });
    })
    .finally(() => {
      work.isPulling = false;
      wake();
    });
  return undefined;
}
