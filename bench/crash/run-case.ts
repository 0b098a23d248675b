import { setTimeout as pause } from 'node:timers/promises';
import { startWriter } from './acknowledged-writes.ts';
import { type Application, makeApplication } from './application.ts';
import { type KillableInstallation, type KillableProgram, killablePrograms, startKillable } from './killable-installation.ts';
import { createComponent, findWrong, promoteAndWait, pushAndWait } from './main-job.ts';

/** The halves of the main job: from the commit to its URL, and from there to the next environment. */
export const halves = ['push', 'promote'] as const;
export type Half = (typeof halves)[number];

/** One run of the main job in an installation of its own, and the points at which a program is killed in each half (`after cluster create Job`). */
export interface Case {
  program: KillableProgram;
  push: readonly string[];
  promote: readonly string[];
}

export interface CaseResult extends Case {
  /** Points to which the program did not come. */
  missed: Record<Half, string[]>;
  acknowledged: number;
  /** Everything that is more, less or other than it should be. */
  wrong: string[];
}

const name = 'shop';
// Some steps come a moment after the URL answers.
const lateMs = 2_000;
const lookMs = 25;

const work: Record<Half, (at: KillableInstallation, application: Application) => Promise<void>> = {
  push: async (at, application) => {
    await createComponent(at, name);
    await pushAndWait(at, application);
  },
  promote: promoteAndWait,
};

/** Names of the steps that each program takes in each half of the job. */
export async function recordSteps(): Promise<Record<KillableProgram, Record<Half, string[]>>> {
  await using at = await startKillable();
  const application = await makeApplication(at, name);
  for (const program of killablePrograms) await at.takeSteps(program);
  const found = { 'control-plane': { push: [''], promote: [''] }, 'local-cluster': { push: [''], promote: [''] } };
  for (const half of halves) {
    await work[half](at, application);
    for (const program of killablePrograms) found[program][half] = await at.takeSteps(program);
  }
  return found;
}

/** One half of the job under fire; answers the points to which the program did not come. */
async function runHalf(at: KillableInstallation, application: Application, of: Case & { half: Half }): Promise<string[]> {
  const { program, half } = of;
  const points = of[half];
  if (points.length > 0) await at.arm(program, points);
  await work[half](at, application);
  if (points.length === 0) return [];
  const deadline = performance.now() + lateMs;
  while ((await at.killedAt(program)).length < points.length && performance.now() < deadline) await pause(lookMs);
  await at.disarm(program);
  return points.slice((await at.killedAt(program)).length);
}

export async function runCase(one: Case): Promise<CaseResult> {
  await using at = await startKillable();
  const application = await makeApplication(at, name);
  const writer = startWriter(at);
  const result: CaseResult = { ...one, missed: { push: [], promote: [] }, acknowledged: 0, wrong: [] };
  try {
    for (const half of halves) result.missed[half] = await runHalf(at, application, { ...one, half });
    await writer.stop();
    result.wrong.push(...(await findWrong(at, application)));
    const { acknowledged, lost } = await writer.check();
    result.acknowledged = acknowledged;
    if (lost.length > 0) result.wrong.push(`${lost.length} acknowledged writes are lost`);
  } catch (error) {
    result.wrong.push((error as Error).message);
  } finally {
    await writer.stop();
  }
  return result;
}
