const shape = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const rank: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

const numbersOf = (version: string): number[] | undefined => {
  const [, major, stage, minor = '0'] = shape.exec(version) ?? [];
  return major === undefined ? undefined : [stage === undefined ? 3 : (rank[stage] ?? 0), Number(major), Number(minor)];
};

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The better one first, as Kubernetes prefers versions: v2, v1, v1beta2, v1beta1, v1alpha1, and names of other forms at last, by the alphabet. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left === undefined && right === undefined) return compareTexts(a, b);
  if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
  return left.map((number, index) => (right[index] ?? 0) - number).find((difference) => difference !== 0) ?? 0;
}
