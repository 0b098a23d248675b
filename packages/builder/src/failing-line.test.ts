import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFailingLine } from './failing-line.ts';

const cases = [
  {
    because: 'npm adds its own lines after the reason',
    log: [
      '> build',
      'SyntaxError: Unexpected token',
      '    at x (y.js:1:2)',
      '',
      'Node.js v20.20.2',
      'npm error code 1',
      'npm error path /x',
      'npm error command failed',
    ],
    line: 'SyntaxError: Unexpected token',
  },
  {
    because: 'npm tells the reason first',
    log: [
      'npm error code ERESOLVE',
      'npm error ERESOLVE unable to resolve dependency tree',
      'npm error',
      'npm error While resolving: x',
      'npm error A complete log of this run can be found in: /x',
    ],
    line: 'npm error ERESOLVE unable to resolve dependency tree',
  },
  { because: 'Go names file and line', log: ['# example.com/x', './main.go:7:2: undefined: fooo'], line: './main.go:7:2: undefined: fooo' },
  {
    because: 'pip says ERROR',
    log: ['Collecting x', 'ERROR: No matching distribution found for nothere==1', '[notice] A new release of pip'],
    line: 'ERROR: No matching distribution found for nothere==1',
  },
  {
    because: 'Python ends with the exception',
    log: ['Traceback (most recent call last):', '  File "a.py", line 1', "ModuleNotFoundError: No module named 'x'"],
    line: "ModuleNotFoundError: No module named 'x'",
  },
  {
    because: 'colours are no part of the reason',
    log: ['\u001b[31m\u001b[1merror\u001b[22m: bad thing\u001b[39m'],
    line: 'error: bad thing',
  },
  { because: 'without anything that looks like an error the last words count', log: ['one', 'two', ''], line: 'two' },
  { because: 'silence has no line', log: [], line: undefined },
];
for (const { because, log, line } of cases) {
  test(`finds the line that tells why: ${because}`, () => {
    assert.equal(findFailingLine(log), line);
  });
}
