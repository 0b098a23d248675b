/** Runs the cases that it reads from its input, a JSON list, one after the other, and prints their results: `node bench/crash/main.ts`. */
import { text } from 'node:stream/consumers';
import { type Case, type CaseResult, runCase } from './run-case.ts';

const results: CaseResult[] = [];
for (const one of JSON.parse(await text(process.stdin)) as Case[]) results.push(await runCase(one));
console.log(JSON.stringify(results));
