/**
 * Five-field schedules: minute, hour, day of month, month, day of week; lists, ranges, steps, names and the words `@hourly` … `@yearly`.
 * When both days are restricted, either may match, as in every cron.
 */
export interface CronSchedule {
  /** The latest time at or before `ms` (epoch), or undefined when none lies within the last five years. */
  latest(ms: number): number | undefined;
  /** The first time after `ms`, or undefined when none comes within five years (30 February). */
  next(ms: number): number | undefined;
}

const words: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields = [
  { name: 'minute', min: 0, max: 59, names: [] as string[], base: 0 },
  { name: 'hour', min: 0, max: 23, names: [], base: 0 },
  { name: 'day of month', min: 1, max: 31, names: [], base: 0 },
  { name: 'month', min: 1, max: 12, names: months, base: 1 },
  { name: 'day of week', min: 0, max: 7, names: days, base: 0 },
] as const;
type Field = (typeof fields)[number];

const numberOf = (text: string, field: Field): number => {
  const named = (field.names as readonly string[]).indexOf(text.toLowerCase());
  const value = named >= 0 ? named + field.base : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < field.min || value > field.max) {
    throw new RangeError(`${field.name} "${text}" is not between ${field.min} and ${field.max}`);
  }
  return value;
};

function parsePart(part: string, field: Field): number[] {
  const [range = '', stepText, ...rest] = part.split('/');
  if (rest.length > 0) throw new RangeError(`${field.name} "${part}" has more than one step`);
  const step = stepText === undefined ? 1 : Number(stepText);
  if (!Number.isInteger(step) || step < 1) throw new RangeError(`${field.name} "${part}" has no step above 0`);
  const isAll = range === '*' || range === '?';
  const [fromText = '', toText, ...more] = isAll ? [] : range.split('-');
  if (more.length > 0) throw new RangeError(`${field.name} "${part}" is not a range`);
  const from = isAll ? field.min : numberOf(fromText, field);
  const last = field.name === 'day of week' && isAll ? 6 : field.max;
  const to = isAll ? last : toText === undefined ? (stepText === undefined ? from : last) : numberOf(toText, field);
  if (to < from) throw new RangeError(`${field.name} "${part}" ends before it begins`);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

const parseField = (text: string, field: Field): ReadonlySet<number> =>
  new Set(
    text
      .split(',')
      .flatMap((part) => parsePart(part, field))
      .map((value) => (field.name === 'day of week' ? value % 7 : value)),
  );

const minuteMs = 60_000;
const dayMs = 86_400_000;
const horizonDays = 5 * 366;

/** Difference between a zone's wall clock and UTC at a moment. */
function createOffset(timeZone: string | undefined): (ms: number) => number {
  if (timeZone === undefined || /^(Etc\/)?UTC$/i.test(timeZone)) return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)])) as Record<string, number>;
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  };
}

export const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined && name !== 'Local';
  } catch {
    return false;
  }
};

/** Throws a RangeError that says which field cannot be read. */
export function parseCronSchedule(text: string, timeZone?: string): CronSchedule {
  if (/TZ=/.test(text)) throw new RangeError('a time zone belongs into spec.timeZone, not into the schedule');
  const parts = (words[text.trim().toLowerCase()] ?? text).trim().split(/\s+/);
  if (parts.length !== fields.length) throw new RangeError(`expected exactly 5 fields, found ${parts.length}: "${text}"`);
  const [minutes, hours, monthDays, monthSet, weekDays] = parts.map((part, index) => parseField(part, fields[index] ?? fields[0]));
  const isAny = (part: string | undefined): boolean => part?.startsWith('*') === true || part === '?';
  const eitherDay = !isAny(parts[2]) && !isAny(parts[4]);
  const offset = createOffset(timeZone);

  const fitsDay = (local: Date): boolean => {
    if (!monthSet?.has(local.getUTCMonth() + 1)) return false;
    const [byMonth, byWeek] = [monthDays?.has(local.getUTCDate()) === true, weekDays?.has(local.getUTCDay()) === true];
    return eitherDay ? byMonth || byWeek : byMonth && byWeek;
  };
  /** All times of one wall-clock day in order. A time that the clock skips does not exist; one that it repeats comes once. */
  const timesOf = (day: number): number[] => {
    if (!fitsDay(new Date(day))) return [];
    const wall = [...(hours ?? [])].flatMap((hour) => [...(minutes ?? [])].map((minute) => day + (hour * 60 + minute) * minuteMs));
    const real = wall.map((at) => [at, at - offset(at - offset(at))] as const).filter(([at, utc]) => utc + offset(utc) === at);
    return real.map(([, utc]) => utc).sort((a, b) => a - b);
  };
  const dayOf = (ms: number): number => Math.floor((ms + offset(ms)) / dayMs) * dayMs;
  const search = (ms: number, direction: 1 | -1): number | undefined => {
    for (let step = 0; step <= horizonDays; step += 1) {
      const times = timesOf(dayOf(ms) + direction * step * dayMs);
      const found = direction === 1 ? times.find((at) => at > ms) : times.findLast((at) => at <= ms);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return { next: (ms) => search(ms, 1), latest: (ms) => search(ms, -1) };
}
