import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createVirtualClock } from '@fairway/resources/testing';
import { createRefusals, type RecordedRefusal } from './refusals.ts';

const refusal = (principal: string, permission = 'catalog.project.create', action = 'project.create') => ({
  principal,
  action,
  permission,
  message: `${principal} needs the permission ${permission}`,
});

function open() {
  const clock = createVirtualClock();
  const recorded: RecordedRefusal[] = [];
  const problems: unknown[] = [];
  const failing = { is: false };
  const refusals = createRefusals({
    clock,
    record: async (entry) => {
      if (failing.is) throw new Error('disk full');
      recorded.push(entry);
    },
    onProblem: (error) => problems.push(error),
  });
  return { clock, recorded, problems, failing, refusals };
}

describe('refusals for a missing permission', () => {
  test('are written at once, and counted while they repeat within a minute', async () => {
    const { clock, recorded, refusals } = open();

    for (let count = 0; count < 1_000; count += 1) refusals.note(refusal('user:mallory'));
    await clock.settle();
    assert.deepEqual(recorded, [
      { principal: 'user:mallory', action: 'project.create', message: 'user:mallory needs the permission catalog.project.create' },
    ]);

    await clock.advance(60_000);
    assert.equal(recorded.length, 2);
    assert.match(recorded[1]?.message ?? '', /; refused 999 more times within a minute$/);
    await clock.advance(600_000);
    assert.equal(recorded.length, 2, 'a minute without a refusal says nothing');
  });

  test('of another principal, operation or permission are entries of their own, and so are those of a later minute', async () => {
    const { clock, recorded, refusals } = open();

    refusals.note(refusal('user:a'));
    refusals.note(refusal('user:b'));
    refusals.note(refusal('user:a', 'catalog.project.read'));
    refusals.note(refusal('user:a', 'catalog.project.create', 'project.apply'));
    await clock.advance(61_000);
    refusals.note(refusal('user:a'));
    await clock.settle();

    assert.equal(recorded.length, 5);
  });

  test('of ever other kinds are counted together beyond a hundred within a minute', async () => {
    const { clock, recorded, refusals } = open();

    for (let count = 0; count < 5_000; count += 1) refusals.note(refusal(`user:${count}`));
    await clock.advance(60_000);

    assert.equal(recorded.length, 101);
    assert.match(recorded.at(-1)?.message ?? '', /4900 further requests/);
  });

  test('that were counted are written when the platform stops', async () => {
    const { recorded, refusals } = open();
    refusals.note(refusal('user:a'));
    refusals.note(refusal('user:a'));

    await refusals.close();

    assert.match(recorded.at(-1)?.message ?? '', /refused once more within a minute/);
  });

  test('that cannot be written are told, and hold nobody up', async () => {
    const { clock, problems, failing, refusals } = open();
    failing.is = true;
    refusals.note(refusal('user:a'));
    await clock.settle();

    assert.match(String(problems[0]), /disk full/);
    await refusals.close();
  });
});
