import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentEvent } from '@fairway/sdk';
import { CommandError, exitCodes } from './exit-codes.ts';
import { probeUrl } from './probe-url.ts';
import { plain, type Terminal } from './terminal.ts';

export interface Deployed {
  environment: string;
  release: string;
  urls: readonly string[];
}

const probeEveryMs = 100;
const probeWithinMs = 15_000;

const failures = {
  build: { what: 'the build failed', hint: 'mend it and deploy again; an earlier release keeps running' },
  deploy: {
    what: 'the release did not get ready',
    hint: 'fairway logs NAME shows what it wrote; an earlier release keeps running; mend it and deploy again',
  },
  superseded: { what: 'the release was replaced', hint: 'fairway status shows what runs; deploy again when this one should' },
} as const;

/** Tells a deployment as it goes and answers when its URL does; a failure is an error with the line that says why. */
export async function followToUrl(terminal: Terminal, events: AsyncIterable<DeploymentEvent>, signal: AbortSignal): Promise<Deployed> {
  for await (const event of events)
    switch (event.type) {
      case 'build':
        terminal.note(terminal.style('dim', `build ${event.build}`));
        break;
      case 'log':
        terminal.note(plain(event.line));
        break;
      case 'built':
        for (const note of event.notes) terminal.note(`note: ${plain(note)}`);
        terminal.note(terminal.style('dim', `image ${event.image}`));
        break;
      case 'binding':
        terminal.note(terminal.style('dim', `${event.environment}: ${plain(event.message)}`));
        break;
      case 'failed':
        throw new CommandError({
          message: `${failures[event.stage].what}: ${event.line === undefined ? '' : `${plain(event.line)} — `}${plain(event.message)}`,
          hint: failures[event.stage].hint,
          details: { stage: event.stage, ...(event.line === undefined ? {} : { line: event.line }) },
        });
      case 'ready': {
        await untilAnswers(event.urls[0], signal);
        return { environment: event.environment, release: event.release, urls: event.urls };
      }
      default:
        break;
    }
  if (signal.aborted)
    throw new CommandError({
      message: 'stopped waiting; the work goes on',
      exitCode: exitCodes.timeout,
      hint: 'fairway status shows how it stands',
    });
  throw new CommandError({
    message: 'no build appeared for this commit',
    hint: 'is there a component that builds from this repository and branch? fairway status tells',
  });
}

/** Tasks and workers have no URL: for them ready is enough. */
export async function untilAnswers(url: string | undefined, signal: AbortSignal): Promise<void> {
  if (url === undefined) return;
  const deadline = Date.now() + probeWithinMs;
  while ((await probeUrl(url, signal)) === undefined) {
    if (signal.aborted || Date.now() > deadline)
      throw new CommandError({
        message: `${url} does not answer`,
        hint: 'fairway logs NAME -e ENV shows what the application says; fairway doctor checks the gateway',
      });
    await delay(probeEveryMs, undefined, { signal });
  }
}
