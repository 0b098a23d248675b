/** Runs every check of the repository that is ours, and prints what each found. */
import { checkDependencies } from './check-dependencies.ts';
import { checkDocs } from './check-docs.ts';
import { checkRooms } from './check-rooms.ts';
import { checkSizes } from './check-sizes.ts';
import { checkWords } from './check-words.ts';

const root = new URL('..', import.meta.url).pathname;
const problems = [checkRooms, checkSizes, checkWords, checkDependencies, (folder: string) => checkDocs(folder)].flatMap((check) =>
  check(root),
);
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
