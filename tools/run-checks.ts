/** Runs every check of the repository that is ours, and prints what each found. */
import { checkRooms } from './check-rooms.ts';

const root = new URL('..', import.meta.url).pathname;
const problems = [checkRooms].flatMap((check) => check(root));
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
