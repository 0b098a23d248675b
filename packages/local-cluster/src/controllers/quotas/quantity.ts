const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

/** Reads `500m`, `1.5Gi` or a number as a number of units, to a thousandth; undefined for what is none. */
export function parseQuantity(value: string | number | undefined): number | undefined {
  const found = pattern.exec(String(value ?? ''));
  if (found === null) return undefined;
  const [, digits = '', exponent = '', suffix] = found;
  const amount = Number(`${digits}${exponent}`) * (suffix === undefined ? 1 : (suffixes[suffix] ?? 1));
  return Math.ceil(amount * 1_000 - 1e-6) / 1_000;
}

const binary = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const;

/** The shortest exact form: `2`, `250m`, `128Mi`. */
export function formatQuantity(amount: number): string {
  if (!Number.isInteger(amount)) return `${Math.round(amount * 1_000)}m`;
  const suffix = binary.find((word) => amount !== 0 && amount % (suffixes[word] ?? 1) === 0);
  return suffix === undefined ? String(amount) : `${amount / (suffixes[suffix] ?? 1)}${suffix}`;
}
