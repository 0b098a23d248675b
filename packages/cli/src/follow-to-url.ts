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
  build: { what: 'the build failed', next: 'mend it and deploy again' },
  deploy: { what: 'the release did not get ready', next: 'fairway logs NAME shows what it wrote; mend it and deploy again' },
  superseded: { what: 'the release was replaced', next: 'fairway status shows what runs; deploy again when this one should' },
} as const;

export interface FollowToUrl {
  events: AsyncIterable<DeploymentEvent>;
  /** The release that was ready before, and goes on when this one fails. */
  runsBefore?: string | undefined;
  signal: AbortSignal;
}

/** Tells a deployment as it goes and answers when its URL does; a failure is an error with the line that says why. */
export async function followToUrl(terminal: Terminal, { events, runsBefore, signal }: FollowToUrl): Promise<Deployed> {
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
        throw failed(event, runsBefore);
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

/** The line that tells why comes first. */
export const failureText = ({ line, message }: { line?: string; message: string }): string =>
  line === undefined ? plain(message) : `${plain(line)} — ${plain(message)}`;

function failed(event: Extract<DeploymentEvent, { type: 'failed' }>, runsBefore: string | undefined): CommandError {
  const { stage, line } = event;
  const { what, next } = failures[stage];
  const goesOn = runsBefore === undefined || stage === 'superseded' ? '' : `; ${runsBefore} keeps running`;
  return new CommandError({
    message: `${what}: ${failureText(event)}`,
    hint: `${next}${goesOn}`,
    details: { stage, ...(line === undefined ? {} : { line }) },
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
