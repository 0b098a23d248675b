import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCronSchedule } from './cron-schedule.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z');

describe('a cron schedule', () => {
  for (const { schedule, from, next, latest, zone, because } of [
    {
      schedule: '* * * * *',
      from: '2026-03-01T10:00:30Z',
      next: '2026-03-01T10:01:00Z',
      latest: '2026-03-01T10:00:00Z',
      because: 'every minute',
    },
    {
      schedule: '*/15 9-17 * * 1-5',
      from: '2026-03-06T17:45:00Z',
      next: '2026-03-09T09:00:00Z',
      latest: '2026-03-06T17:45:00Z',
      because: 'a time that is due now is the latest',
    },
    {
      schedule: '0 0 29 2 *',
      from: '2026-03-01T00:00:00Z',
      next: '2028-02-29T00:00:00Z',
      latest: '2024-02-29T00:00:00Z',
      because: 'leap days',
    },
    {
      schedule: '0 12 13 * 5',
      from: '2026-03-01T00:00:00Z',
      next: '2026-03-06T12:00:00Z',
      latest: '2026-02-27T12:00:00Z',
      because: 'two restricted days: either will do',
    },
    { schedule: '0 0 31 2 *', from: '2026-03-01T00:00:00Z', next: undefined, latest: undefined, because: 'a day that never comes' },
    { schedule: '@weekly', from: '2026-03-04T00:00:00Z', next: '2026-03-08T00:00:00Z', latest: '2026-03-01T00:00:00Z', because: 'words' },
    {
      schedule: '0 0 * jan,jul sun',
      from: '2026-03-04T00:00:00Z',
      next: '2026-07-05T00:00:00Z',
      latest: '2026-01-25T00:00:00Z',
      because: 'names',
    },
    {
      schedule: '30 6 * * 7',
      from: '2026-03-02T00:00:00Z',
      next: '2026-03-08T06:30:00Z',
      latest: '2026-03-01T06:30:00Z',
      because: '7 is Sunday too',
    },
    {
      schedule: '0 9 * * *',
      zone: 'Asia/Tokyo',
      from: '2026-03-04T00:00:01Z',
      next: '2026-03-05T00:00:00Z',
      latest: '2026-03-04T00:00:00Z',
      because: 'another zone',
    },
    {
      schedule: '30 2 * * *',
      zone: 'Europe/Berlin',
      from: '2026-03-28T12:00:00Z',
      next: '2026-03-30T00:30:00Z',
      latest: '2026-03-28T01:30:00Z',
      because: 'the clock skips half past two on 29 March',
    },
  ]) {
    test(`${schedule}${zone === undefined ? '' : ` in ${zone}`}: ${because}`, () => {
      const parsed = parseCronSchedule(schedule, zone);
      assert.equal(iso(parsed.next(at(from))), next);
      assert.equal(iso(parsed.latest(at(from))), latest);
    });
  }

  for (const { schedule, expected } of [
    { schedule: '* * * *', expected: /exactly 5 fields, found 4/ },
    { schedule: '60 * * * *', expected: /minute "60" is not between 0 and 59/ },
    { schedule: '5-1 * * * *', expected: /ends before it begins/ },
    { schedule: '*/0 * * * *', expected: /no step above 0/ },
    { schedule: '* * * foo *', expected: /month "foo"/ },
    { schedule: 'TZ=UTC * * * * *', expected: /spec\.timeZone/ },
  ]) {
    test(`refuses "${schedule}"`, () => {
      assert.throws(() => parseCronSchedule(schedule), expected);
    });
  }
});
