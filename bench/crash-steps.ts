import { killablePrograms } from './crash/killable-installation.ts';
import { type Case, type CaseResult, recordSteps, runCase } from './crash/run-case.ts';
import type { Row } from './harness/measurement.ts';

export const name = 'crash-steps';
export const reach = 'killed once before and once after each step: nothing lost, nothing twice';

const killsOfPush = 2;
const mostTold = 5;

/** Each step of each program once before and once after; two kills in a push, far from each other, and one in a promotion. */
function casesOf(steps: Awaited<ReturnType<typeof recordSteps>>): Case[] {
  return killablePrograms.flatMap((program) =>
    ['before', 'after'].flatMap((moment) => {
      const { push, promote } = steps[program];
      const apart = Math.ceil(push.length / killsOfPush);
      return Array.from({ length: Math.max(apart, promote.length) }, (_, index) => {
        const points = (names: readonly string[]): string[] => names.map((step) => `${moment} ${step}`);
        const pushed = index < apart ? push.filter((_step, at) => at % apart === index) : [];
        return { program, push: points(pushed), promote: points(promote.slice(index, index + 1)) };
      });
    }),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const tell = ({ program, push, promote, wrong }: CaseResult): string =>
  `${program} ${[...push, ...promote].join(', ')}: ${wrong.join(', ')}`;

/** The main job again and again, each time in a fresh installation, with kills at the next of the steps that an undisturbed run told. */
export const run = async (): Promise<Row> => {
  const steps = await recordSteps();
  const results: CaseResult[] = [];
  for (const one of casesOf(steps)) results.push(await runCase(one));
  const wrong = results.filter((result) => result.wrong.length > 0);
  const kills = sum(results.map((result) => result.kills));
  const planned = sum(results.map(({ push, promote }) => push.length + promote.length));
  const counts = killablePrograms.map((program) => `${program} ${steps[program].push.length} + ${steps[program].promote.length}`);
  return {
    ours: `${kills} of ${planned} kills came about, in ${results.length} runs of push and promotion`,
    figure: `${wrong.length} runs wrong`,
    // A kill or two may find no step: what a timer does in one run, it need not do in another.
    isReached: wrong.length === 0 && kills >= planned * 0.9,
    note: [
      `steps ${counts.join(', ')}; ${sum(results.map(({ acknowledged }) => acknowledged))} acknowledged writes beside them`,
      ...wrong.slice(0, mostTold).map(tell),
    ].join('; '),
  };
};
