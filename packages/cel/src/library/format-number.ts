/** More digits than a double can have behind its point are zeros; and many more would only take memory. */
const mostPrecision = 1_100;

/** With so many digits behind the point, the nearest, of two as near the even one; thousands parted by commas. */
export function formatFixed(value: number, precision: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  const places = Math.min(precision, mostPrecision);
  const digits = String(scaled(Math.abs(value), places)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(?:\d{3})+$)/g, ',');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + whole + (places === 0 ? '' : `.${digits.slice(digits.length - places)}`);
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** As `1.500000×10⁰³`. A precision is taken as the least width, as in cel-go's format of that version. */
export function formatScientific(value: number, width: number): string {
  return (formatSpecial(value) ?? formatMantissa(value)).padStart(Math.min(width, mostPrecision));
}

function formatMantissa(value: number): string {
  let power = value === 0 ? 0 : Number(value.toExponential().split('e')[1]);
  let digits = scaled(Math.abs(value), 6 - power);
  if (digits >= 10_000_000n) {
    power += 1;
    digits = scaled(Math.abs(value), 6 - power);
  }
  const text = String(digits).padStart(7, '0');
  const exponent = String(Math.abs(power))
    .padStart(2, '0')
    .replace(/\d/g, (digit) => superscripts[Number(digit)] ?? '');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return `${sign}${text.slice(0, 1)}.${text.slice(1)}×10${power < 0 ? '⁻' : ''}${exponent}`;
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '∞' : '-∞';
}

/** The exact value times ten to the power of the places, rounded to the nearest integer, half to even. */
function scaled(value: number, places: number): bigint {
  const { mantissa, exponent } = parts(value);
  const numerator = mantissa * (places > 0 ? 10n ** BigInt(places) : 1n) * (exponent > 0 ? 1n << BigInt(exponent) : 1n);
  const denominator = (places < 0 ? 10n ** BigInt(-places) : 1n) * (exponent < 0 ? 1n << BigInt(-exponent) : 1n);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const isUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** A double is exactly a whole number times a power of two. */
function parts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const power = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return power === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (1n << 52n), exponent: power - 1075 };
}
