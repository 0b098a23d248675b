export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
export const perSecond = (count: number): string => `${Math.round(count).toLocaleString('en')}/s`;
