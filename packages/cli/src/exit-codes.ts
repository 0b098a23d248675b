/** Documented in `fairway help exit-codes` and docs/cli.md. Scripts depend on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  differences: 3,
  unauthenticated: 4,
  notFound: 5,
  confirmationNeeded: 6,
  conflict: 7,
  timeout: 8,
  forbidden: 9,
  unreachable: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const aboutExitCodes = {
  ok: 'success',
  failed: 'failed; also: the operation ended failed or rolled back',
  usage: 'usage or validation',
  differences: 'differences found',
  unauthenticated: 'not signed in, or expired',
  notFound: 'not found',
  confirmationNeeded: 'confirmation needed, and no terminal to ask on',
  conflict: 'conflict or failed precondition',
  timeout: 'timed out waiting; the work goes on',
  forbidden: 'forbidden',
  unreachable: 'server unreachable, or an error of the server',
  interrupted: 'interrupted; the work goes on',
} as const satisfies Record<keyof typeof exitCodes, string>;

/** A command that ended without its result. `hint` is what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(of: { message: string; exitCode?: ExitCode; hint?: string; details?: Readonly<Record<string, unknown>>; cause?: unknown }) {
    super(of.message, of.cause === undefined ? undefined : { cause: of.cause });
    this.exitCode = of.exitCode ?? exitCodes.failed;
    this.hint = of.hint;
    this.details = of.details ?? {};
  }
}

const byStatus: Readonly<Record<number, ExitCode>> = {
  400: exitCodes.usage,
  401: exitCodes.unauthenticated,
  403: exitCodes.forbidden,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  412: exitCodes.conflict,
  413: exitCodes.usage,
  422: exitCodes.usage,
  429: exitCodes.unreachable,
};

/** An answer of the platform is told by its status; 0 means that none came. Read by shape, so that the SDK is not loaded for it. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  const { status } = error as { status?: unknown };
  if (!(error instanceof Error) || typeof status !== 'number') return exitCodes.failed;
  return byStatus[status] ?? (status === 0 || status >= 500 ? exitCodes.unreachable : exitCodes.failed);
}
