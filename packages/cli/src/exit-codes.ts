import { FairwayError } from '@fairway/sdk';

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
  422: exitCodes.usage,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof FairwayError)) return exitCodes.failed;
  if (error.code === 'TIMEOUT') return exitCodes.timeout;
  return byStatus[error.status] ?? (error.status === 0 || error.status >= 500 ? exitCodes.unreachable : exitCodes.failed);
}
