import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Case } from './case.ts';
import { suites } from './cases/index.ts';
import { differences } from './differences.ts';
import { mismatches } from './match.ts';
import { createServers } from './servers.ts';
import { type Subject, type SubjectName, subjectNames } from './subject.ts';

// Whoever mends one server need not wait for the others: FAIRWAY_TEST_SERVERS=local,control
const asked: readonly string[] = process.env.FAIRWAY_TEST_SERVERS?.split(',') ?? subjectNames;
const unknown = asked.filter((name) => !subjectNames.some((one) => one === name));
if (unknown.length > 0) throw new Error(`FAIRWAY_TEST_SERVERS names ${unknown.join(', ')}; there are ${subjectNames.join(', ')}`);
const caseLimitMs = 120_000;

const cases = Object.values(suites).flat();
const holdsFor = ({ on }: Case, name: SubjectName): boolean => on === undefined || on.includes(name);
/** Why a subject may differ; undefined where it may not. */
const reasonOf = (id: string, name: SubjectName): string | undefined =>
  differences.find(({ ids, on }) => ids.includes(id) && on.some((one) => one === name))?.reason;

/** What is not as expected; what was thrown on the way counts as that. */
async function problemsOf({ run, expect }: Case, subject: Subject): Promise<string[]> {
  try {
    return mismatches(await run(subject), expect(subject));
  } catch (error) {
    return [`it failed on the way: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function judge(reason: string | undefined, problems: readonly string[]): void {
  if (reason === undefined) {
    if (problems.length > 0) assert.fail(problems.join('\n'));
  } else assert.notEqual(problems.length, 0, `it is as expected now: take it out of differences.ts (${reason})`);
}

test('each case has an id of its own, and differences are about cases', () => {
  const ids = cases.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
  const pairs = differences.flatMap(({ ids, on }) => ids.flatMap((id) => on.map((name) => ({ id, name }))));
  const known = (id: string, name: SubjectName): boolean => cases.some((one) => one.id === id && holdsFor(one, name));
  assert.deepEqual(
    pairs.filter(({ id, name }) => !known(id, name)),
    [],
  );
  const names = pairs.map(({ id, name }) => `${id} on ${name}`);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

// Before any test, so that a server that does not start is told once.
const servers = createServers();
const subjects = new Map<SubjectName, (own: string) => Subject>();
try {
  for (const name of subjectNames.filter((one) => asked.includes(one))) subjects.set(name, await servers.subject(name));
} catch (error) {
  await servers.stop();
  throw error;
}

describe('conformance', () => {
  after(() => servers.stop());

  for (const [name, subject] of subjects)
    describe(name, () => {
      for (const one of cases.filter((each) => holdsFor(each, name))) {
        const reason = reasonOf(one.id, name);
        const title = `${name}: ${one.id}: ${one.because}${reason === undefined ? '' : ` (differs: ${reason})`}`;
        test(title, { timeout: caseLimitMs }, async () => judge(reason, await problemsOf(one, subject(ownName(one.id, name)))));
      }
    });
});

/** `custom` and `real` are one server. */
function ownName(id: string, name: SubjectName): string {
  return `${id.replaceAll(/[^a-z0-9]+/g, '-')}${name === 'custom' ? '-custom' : ''}`;
}
