import { struct, type Type } from '../types/type.ts';
import { Opaque } from '../values/collection.ts';
import { type Int, toInt } from '../values/number.ts';
import { CelError, noSuchOverload, type Value } from '../values/value.ts';

export const quantityType = struct('kubernetes.Quantity');

/** Numbers of more digits could take any time and memory. */
const mostDigits = 10_000;

const maxInt = 2n ** 63n - 1n;
const fitsInt = (value: bigint): boolean => value >= -maxInt - 1n && value <= maxInt;

const digitCount = (value: bigint): number => String(value < 0n ? -value : value).length;

/** An exact number: `unscaled` times ten to the power of `scale`. */
export class Quantity extends Opaque {
  readonly unscaled: bigint;
  readonly scale: number;
  /** Kept as 64 bits and a scale. Only such can be asked for their integer, as in Kubernetes. */
  readonly isSmall: boolean;
  /** A result of arithmetic. Kubernetes cannot compare one to a quantity on its left, and neither can this. */
  readonly isComputed: boolean;

  constructor(unscaled: bigint, scale: number, { isSmall, isComputed = false }: { isSmall: boolean; isComputed?: boolean }) {
    super();
    this.unscaled = unscaled;
    this.scale = scale;
    this.isSmall = isSmall;
    this.isComputed = isComputed;
  }

  get type(): Type {
    return quantityType;
  }

  get sign(): number {
    return this.unscaled > 0n ? 1 : this.unscaled < 0n ? -1 : 0;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof Quantity && !other.isComputed ? this.compare(other) === 0 : noSuchOverload;
  }

  compare(other: Quantity): number {
    if (this.sign !== other.sign || this.sign === 0) return Math.sign(this.sign - other.sign);
    const longer = digitCount(this.unscaled) + this.scale - digitCount(other.unscaled) - other.scale;
    if (longer !== 0) return Math.sign(longer) * this.sign;
    const [left, right] = aligned(this, other);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  plus(other: Quantity): Quantity | CelError {
    if (Math.abs(this.scale - other.scale) > mostDigits) return new CelError('quantities are too far apart to be added');
    const [left, right] = aligned(this, other);
    const scale = Math.min(this.scale, other.scale);
    const isSmall = this.isSmall && other.isSmall && [left, right, left + right].every(fitsInt);
    // Adding nothing changes nothing, not even the scale.
    if (isSmall && other.unscaled === 0n) return new Quantity(this.unscaled, this.scale, { isSmall, isComputed: true });
    if (isSmall && this.unscaled === 0n) return new Quantity(other.unscaled, other.scale, { isSmall, isComputed: true });
    return new Quantity(left + right, scale, { isSmall, isComputed: true });
  }

  negated(): Quantity {
    return new Quantity(-this.unscaled, this.scale, { isSmall: this.isSmall });
  }

  /** Undefined for fractions, what is too large, and what has a scale below that of an integer even if it is one. */
  toInteger(): Int | undefined {
    if (!this.isSmall || this.scale < 0 || this.scale > 18) return undefined;
    const value = toInt(this.unscaled * 10n ** BigInt(this.scale));
    return value instanceof CelError ? undefined : value;
  }

  toNumber(): number {
    if (this.scale === 0) return Number(this.unscaled);
    return Number(this.unscaled) * Number(`1e${this.scale}`);
  }

  /** Without an exponent. */
  override toString(): string {
    const sign = this.unscaled < 0n ? '-' : '';
    const digits = String(this.unscaled < 0n ? -this.unscaled : this.unscaled);
    if (this.scale >= 0) return this.unscaled === 0n ? '0' : sign + digits + '0'.repeat(this.scale);
    const padded = digits.padStart(1 - this.scale, '0');
    return `${sign}${padded.slice(0, this.scale)}.${padded.slice(this.scale)}`;
  }
}

/** Both numbers in the smaller of the two units. */
function aligned(one: Quantity, other: Quantity): [bigint, bigint] {
  const scale = Math.min(one.scale, other.scale);
  return [one.unscaled * 10n ** BigInt(one.scale - scale), other.unscaled * 10n ** BigInt(other.scale - scale)];
}

const suffixes: Readonly<Record<string, { base: 2 | 10; exponent: number }>> = {
  ...Object.fromEntries(
    ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, index) => [suffix, { base: 10, exponent: 3 * index - 9 }]),
  ),
  ...Object.fromEntries(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, { base: 2, exponent: 10 * (index + 1) }])),
};

function readSuffix(suffix: string): { base: 2 | 10; exponent: number } | undefined {
  if (Object.hasOwn(suffixes, suffix)) return suffixes[suffix];
  const [, exponent] = /^[eE]([+-]?\d+)$/.exec(suffix) ?? [];
  return exponent === undefined || Math.abs(Number(exponent)) > mostDigits ? undefined : { base: 10, exponent: Number(exponent) };
}

/** The parts of a text that looks like a quantity. Each is as long as it can be: a long text is read once, whatever is in it. */
function readParts(text: string): { sign: string; whole: string; fraction: string; suffix: string } | undefined {
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const sign = take(/[+-]?/y);
  take(/0*/y);
  const whole = take(/\d*/y);
  const fraction = take(/\.?/y) === '' ? '' : take(/\d*/y);
  const suffix = take(/[eEinumkKMGTP]*/y) + take(/[+-]?/y) + take(/\d*/y);
  return text === '' || at < text.length ? undefined : { sign, whole: whole === '' ? '0' : whole, fraction, suffix };
}

/** Reads `1.5Gi`, `100m`, `1e3`. More than nine digits behind the point are rounded up. */
export function parseQuantity(text: string): Quantity | CelError {
  const parts = readParts(text);
  if (parts === undefined)
    return new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  const unit = readSuffix(parts.suffix);
  if (unit === undefined) return new CelError("unable to parse quantity's suffix");
  if (parts.whole.length + parts.fraction.length > mostDigits) return new CelError('unable to parse numeric part of quantity');
  const quantity = smallQuantity(parts, unit) ?? exactQuantity(parts, unit);
  return parts.sign === '-' ? quantity.negated() : quantity;
}

interface Digits {
  whole: string;
  fraction: string;
}

/** In 64 bits, where Kubernetes takes that way. */
function smallQuantity({ whole, fraction }: Digits, { base, exponent }: { base: 2 | 10; exponent: number }): Quantity | undefined {
  const binaryRoom = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1;
  const room = base === 10 ? 18 - whole.length - fraction.length : fraction === '' ? binaryRoom : -1;
  const scale = (base === 10 ? exponent : 0) - fraction.length;
  if (room < 0 || scale < -9) return undefined;
  const unscaled = BigInt(whole + fraction) * (base === 2 ? 1n << BigInt(exponent) : 1n);
  return fitsInt(unscaled) ? new Quantity(unscaled, scale, { isSmall: true }) : undefined;
}

function exactQuantity({ whole, fraction }: Digits, { base, exponent }: { base: 2 | 10; exponent: number }): Quantity {
  const unscaled = BigInt(whole + fraction) * (base === 2 ? 1n << BigInt(exponent) : 1n);
  const scale = (base === 10 ? exponent : 0) - fraction.length;
  if (unscaled === 0n) return new Quantity(0n, scale, { isSmall: false });
  const nanos = inNanos(unscaled, scale);
  if (base === 2 && nanos > maxInt * 10n ** 9n) return new Quantity(maxInt, 0, { isSmall: false });
  return new Quantity(nanos, -9, { isSmall: false });
}

function inNanos(unscaled: bigint, scale: number): bigint {
  if (scale >= -9) return unscaled * 10n ** BigInt(scale + 9);
  const divisor = 10n ** BigInt(-9 - scale);
  return (unscaled + divisor - 1n) / divisor;
}
