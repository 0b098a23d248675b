/** From the least to the most that something may cost, or how large it may be. Past 64 bits everything is as much as can be. */
export interface Range {
  min: bigint;
  max: bigint;
}

const most = 2n ** 64n - 1n;
const cap = (value: bigint): bigint => (value > most ? most : value);

export const exactly = (value: number | bigint): Range => ({ min: BigInt(value), max: BigInt(value) });
export const between = (min: number | bigint, max: number | bigint): Range => ({ min: BigInt(min), max: BigInt(max) });
export const unknownSize: Range = { min: 0n, max: most };
/** Less than nothing: what it is joined with is the whole. */
export const emptyRange: Range = { min: most, max: 0n };

export const plus = (...ranges: readonly Range[]): Range => ({
  min: ranges.reduce((sum, { min }) => cap(sum + min), 0n),
  max: ranges.reduce((sum, { max }) => cap(sum + max), 0n),
});

export const times = (one: Range, other: Range): Range => ({ min: cap(one.min * other.min), max: cap(one.max * other.max) });

/** Times a factor, rounded up. */
export const timesFactor = ({ min, max }: Range, factor: number): Range => ({ min: scale(min, factor), max: scale(max, factor) });

function scale(value: bigint, factor: number): bigint {
  const scaled = Math.ceil(Number(value) * factor);
  return scaled >= 2 ** 64 ? most : BigInt(scaled);
}

/** From the least of both to the most of both. */
export const either = (one: Range, other: Range): Range => ({ min: smaller(one.min, other.min), max: larger(one.max, other.max) });

/** Math.min and Math.max do not know such large numbers. */
export function smaller(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}

function larger(one: bigint, other: bigint): bigint {
  if (one > other) return one;
  return other;
}
