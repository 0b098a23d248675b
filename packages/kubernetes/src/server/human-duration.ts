const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

// Up to `below`, the larger unit is shown, and the smaller one beside it where two words still fit: 90s, 5m30s, 45m, 5h12m, 30h, 5d3h, 40d.
const steps: readonly { below: number; unit: number; word: string; rest?: number; restWord?: string }[] = [
  { below: 2 * minute, unit: second, word: 's' },
  { below: 10 * minute, unit: minute, word: 'm', rest: second, restWord: 's' },
  { below: 3 * hour, unit: minute, word: 'm' },
  { below: 8 * hour, unit: hour, word: 'h', rest: minute, restWord: 'm' },
  { below: 2 * day, unit: hour, word: 'h' },
  { below: 8 * day, unit: day, word: 'd', rest: hour, restWord: 'h' },
  { below: 2 * year, unit: day, word: 'd' },
  { below: 8 * year, unit: year, word: 'y', rest: day, restWord: 'd' },
];

/** A duration as kubectl prints it. Clocks differ, so a small negative one is 0s. */
export function humanDuration(ms: number): string {
  const spent = Math.max(0, ms);
  const step = steps.find(({ below }) => spent < below) ?? { below: 0, unit: year, word: 'y' };
  const whole = Math.floor(spent / step.unit);
  const rest = step.rest === undefined ? 0 : Math.floor((spent % step.unit) / step.rest);
  return `${whole}${step.word}${rest === 0 ? '' : `${rest}${step.restWord}`}`;
}
