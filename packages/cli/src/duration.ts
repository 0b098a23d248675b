import { CommandError, exitCodes } from './exit-codes.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
// Timers of the runtime end at 2^31 ms (24.8 days); nobody waits longer for a command.
const maxMs = 24 * 3_600_000;

/** `500ms`, `90s`, `10m` or `1h` in milliseconds. */
export function durationMs(given: string): number {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(given) ?? [];
  const ms = Number(number) * (units[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0 && ms <= maxMs))
    throw new CommandError({
      message: `${JSON.stringify(given)} is no duration`,
      exitCode: exitCodes.usage,
      hint: 'write 90s, 10m or 1h, at most 24h',
    });
  return ms;
}
