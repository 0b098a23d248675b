import { InvalidConfiguration } from './render-input.ts';
import { isObject } from './strategic-merge.ts';

/** Units that a gateway counts in, in seconds. */
const units = [
  { unit: 'Second', seconds: 1 },
  { unit: 'Minute', seconds: 60 },
  { unit: 'Hour', seconds: 3600 },
  { unit: 'Day', seconds: 86_400 },
] as const;
const suffixes: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A limit such as 10 requests in 30 s, said in a unit that a gateway knows (20 a minute). The rate is never above the one that was asked for;
 * a window that cannot be read is a mistake of the class, not a limit that silently disappears.
 */
export function rateLimitOf(limit: unknown): { requests: number; unit: string } | undefined {
  if (limit === undefined) return undefined;
  const { requests, window } = isObject(limit) ? limit : {};
  const seconds = typeof window === 'string' ? secondsOf(window) : undefined;
  if (typeof requests !== 'number' || requests < 1 || seconds === undefined) {
    throw new InvalidConfiguration(
      `The rate limit ${JSON.stringify(limit)} cannot be read: give "requests" as a number above 0 and "window" as 30s, 1m, 2h or 1d.`,
    );
  }
  const fitting = units.filter((candidate) => candidate.seconds >= seconds);
  const exact = fitting.find((candidate) => (requests * candidate.seconds) % seconds === 0);
  const chosen = exact ?? fitting.at(-1) ?? { unit: 'Day', seconds: 86_400 };
  return { requests: Math.max(1, Math.floor((requests * chosen.seconds) / seconds)), unit: chosen.unit };
}

function secondsOf(window: string): number | undefined {
  if (!/^(\d{1,6}[smhd])+$/.test(window)) return undefined;
  let total = 0;
  for (const [, amount = '', suffix = ''] of window.matchAll(/(\d+)([smhd])/g)) total += Number(amount) * (suffixes[suffix] ?? 0);
  return total > 0 ? total : undefined;
}
