import { types } from '../types/type.ts';
import { type Int, toInt } from '../values/number.ts';
import type { Duration, Timestamp } from '../values/time.ts';
import { CelError, type Result } from '../values/value.ts';
import { type FunctionDecl, method } from './function.ts';
import { readAtoi } from './read-atoi.ts';

const { duration, int, string, timestamp } = types;

const dayMs = 86_400_000;

/** What each function reads from a moment whose UTC fields are those of the wanted time zone. */
const readers: Readonly<Record<string, (date: Date, moment: Timestamp) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: (date) =>
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs,
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (_, { nanos }) => Math.trunc(nanos / 1e6),
};
const ids: Readonly<Record<string, string>> = {
  getFullYear: 'timestamp_to_year',
  getMonth: 'timestamp_to_month',
  getDayOfYear: 'timestamp_to_day_of_year',
  getDayOfMonth: 'timestamp_to_day_of_month',
  getDate: 'timestamp_to_day_of_month_1_based',
  getDayOfWeek: 'timestamp_to_day_of_week',
  getHours: 'timestamp_to_hours',
  getMinutes: 'timestamp_to_minutes',
  getSeconds: 'timestamp_to_seconds',
  getMilliseconds: 'timestamp_to_milliseconds',
};
/** How many nanoseconds are one of what is asked of a duration. */
const durationUnits: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
};

/** Parts of timestamps, in UTC or a time zone that is named, and of durations. */
export const times: readonly FunctionDecl[] = Object.entries(readers).map(([name, read]) => ({
  name,
  overloads: [
    method(ids[name] ?? name, [[timestamp], int], (moment) => read(inZone(moment as Timestamp, 0), moment as Timestamp)),
    method(`${ids[name]}_with_tz`, [[timestamp, string], int], (moment, zone) => {
      const offset = offsetOf(zone as string, moment as Timestamp);
      return offset instanceof CelError ? offset : read(inZone(moment as Timestamp, offset), moment as Timestamp);
    }),
    ...durationOverloads(name),
  ],
}));

function durationOverloads(name: string): FunctionDecl['overloads'] {
  const unit = durationUnits[name];
  if (unit === undefined) return [];
  const id = `duration_to_${name.slice(3).toLowerCase()}`;
  return [method(id, [[duration], int], (value): Result => toInt(BigInt((value as Duration).nanos as Int) / unit))];
}

const inZone = ({ seconds }: Timestamp, offsetSeconds: number): Date => new Date((seconds + offsetSeconds) * 1000);

/** Seconds east of UTC in a zone given as `02:00`, `-08:30` or by its name. */
function offsetOf(zone: string, moment: Timestamp): number | CelError {
  const colon = zone.indexOf(':');
  if (colon === -1) return offsetOfName(zone, moment);
  const hours = readAtoi(zone.slice(0, colon));
  if (hours instanceof CelError) return hours;
  const minutes = readAtoi(zone.slice(colon + 1));
  if (minutes instanceof CelError) return minutes;
  return (hours * 60 + (zone.startsWith('-') ? -minutes : minutes)) * 60;
}

/** Zones that were asked for: making a format takes long. There are no more than the system knows. */
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetOfName(zone: string, moment: Timestamp): number | CelError {
  if (zone === '' || zone === 'UTC') return 0;
  const format = formats.get(zone) ?? createFormat(zone);
  if (format === undefined) return new CelError(`unknown time zone ${zone}`);
  const parts = Object.fromEntries(format.formatToParts(moment.seconds * 1000).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - moment.seconds;
}

function createFormat(zone: string): Intl.DateTimeFormat | undefined {
  // Names begin with a capital; that of an offset alone is none.
  if (!/^[A-Z]/.test(zone)) return undefined;
  try {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields });
    formats.set(zone, format);
    return format;
  } catch {
    return undefined;
  }
}
