import { CommandError, exitCodes } from './exit-codes.ts';

/** `KEY=VALUE` in its two parts; the value may hold anything, further equals signs too. The message never repeats what was given: it may be a secret. */
export function assignment(given: string, hint?: string): { key: string; value: string } {
  const equals = given.indexOf('=');
  const key = given.slice(0, equals);
  if (equals < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
    throw new CommandError({
      message: 'an assignment is KEY=VALUE, and a key is made of letters, digits and _',
      exitCode: exitCodes.usage,
      ...(hint === undefined ? {} : { hint }),
    });
  return { key, value: given.slice(equals + 1) };
}
