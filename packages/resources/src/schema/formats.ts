import { isIP, isIPv4, isIPv6 } from 'node:net';

type HasFormat = (value: string) => boolean;

const matches =
  (pattern: RegExp): HasFormat =>
  (value) =>
    pattern.test(value);

const date = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

let lastDateTime = '';

/** The last good one is known: all objects of a second carry the same time. */
const isDateTime: HasFormat = (value) => {
  if (value === lastDateTime) return true;
  if (!dateTime.test(value) || Number.isNaN(Date.parse(value.replace(':60', ':59')))) return false;
  lastDateTime = value;
  return true;
};

const isDate: HasFormat = (value) => date.test(value) && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value);

const isUri: HasFormat = (value) => !value.startsWith('/') && URL.canParse(value);

const isCidr: HasFormat = (value) => {
  const [address = '', bits = '', ...rest] = value.split('/');
  const family = isIP(address);
  return rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
};

const uuid = (version: string): RegExp => new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');
const hostname = /^([a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9])(\.([a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9]))*\.?$/i;
// Go's durations, and words that Kubernetes' own checker takes beside them: `3 days`.
const duration =
  /^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$|^\d+\s*(ns|us|µs|ms|s|m|h|d|w|milli|sec|second|minute|hour|day|week)s?$/i;
const color = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';

/** Texts that are checked by their format; numbers are checked by their own. Other words say nothing, as in Kubernetes. */
const formats: Readonly<Record<string, HasFormat>> = {
  'date-time': isDateTime,
  datetime: isDateTime,
  date: isDate,
  duration: matches(duration),
  ipv4: (value) => isIPv4(value),
  ipv6: (value) => isIPv6(value),
  cidr: isCidr,
  mac: matches(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i),
  uuid: matches(uuid('[0-9a-f]')),
  uuid3: matches(uuid('3')),
  uuid4: matches(uuid('4')),
  uuid5: matches(uuid('5')),
  email: matches(/^[^\s@<>]+@[^\s@<>]+$/),
  hostname: (value) => value.length <= 255 && hostname.test(value),
  uri: isUri,
  byte: (value) => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  hexcolor: matches(/^#?([0-9a-f]{3}|[0-9a-f]{6})$/i),
  rgbcolor: matches(new RegExp(`^rgb\\(\\s*${color}\\s*,\\s*${color}\\s*,\\s*${color}\\s*\\)$`)),
};

export const checkedFormats: readonly string[] = Object.keys(formats);

/** How texts of a format are told; undefined where the format says nothing about texts. */
export const formatOf = (format: string | undefined): HasFormat | undefined =>
  format !== undefined && Object.hasOwn(formats, format) ? formats[format] : undefined;
