const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** A duration as Gateway API writes it (`1h30m`, `500ms`) in milliseconds; undefined for anything else. */
export function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return 0;
  if (!/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) total += Number(count) * (units[unit ?? ''] ?? 0);
  return total;
}
