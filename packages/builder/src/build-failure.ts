/** The steps of a build, in their order. */
export type Phase = 'clone' | 'detect' | 'install' | 'build' | 'pack' | 'push';

/** Why a build ended without an image, in words for the person who pushed the commit. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
  readonly phase: Phase;
  /** The line of the log that tells why. */
  readonly line: string | undefined;

  constructor(phase: Phase, message: string, options: { line?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.phase = phase;
    this.line = options.line;
  }
}

/** What the termination message says; everything else is in the image's label. */
export type BuildOutcome = { digest: string } | { failure: { phase: Phase; line?: string; message: string } };

// A container's termination message is cut at 4096 bytes by Kubernetes; a cut JSON text would be no JSON.
const maxLineLength = 600;
const maxMessageLength = 600;

/** A failure as it is reported: short enough that the JSON text always fits the termination message (600 characters are at most 1,800 bytes of UTF-8). */
export const describeFailure = (failure: BuildFailure): BuildOutcome => ({
  failure: {
    phase: failure.phase,
    ...(failure.line === undefined ? {} : { line: failure.line.slice(0, maxLineLength) }),
    message: failure.message.slice(0, maxMessageLength),
  },
});
