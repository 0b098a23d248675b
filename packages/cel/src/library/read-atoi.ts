import { quote } from '../values/text.ts';
import { CelError } from '../values/value.ts';

/** A whole number in decimal digits, in Go's words when it is none. */
export function readAtoi(text: string): number | CelError {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text)) return new CelError(`strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
  return Number.isSafeInteger(value) ? value : new CelError(`strconv.Atoi: parsing ${quote(text)}: value out of range`);
}
