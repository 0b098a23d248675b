'use strict';
/**
 * Loaded before a program that is one bundled file (`--require`): stack traces name the file and line of the sources. The table of lines, some hundred
 * kilobytes, is read when a stack trace is looked at; places that were found are kept.
 */
const { readFileSync, realpathSync } = require('node:fs');
const { pathToFileURL } = require('node:url');

const maxKnown = 1_000;
const bundle = realpathSync(process.argv[1]);
const known = new Map();

/** Looks up lines of the bundle that are not known yet, all of one stack trace together. */
function learn(lines) {
  if (lines.every((line) => known.has(line))) return;
  if (known.size > maxKnown) known.clear();
  const table = readFileSync(`${bundle}.lines`, 'latin1').split('\n');
  // Copied out of the table, which would stay in memory with each of them.
  for (const line of lines) known.set(line, Buffer.from(table[line - 1] ?? '', 'latin1').toString());
}

const place = new RegExp(`${RegExp.escape(pathToFileURL(bundle).href)}:(\\d+):\\d+`, 'g');

Error.prepareStackTrace = (error, sites) => {
  const text = [String(error), ...sites.map((site) => `    at ${site}`)].join('\n');
  try {
    learn(Array.from(text.matchAll(place), ([, line]) => Number(line)));
    return text.replace(place, (found, line) => known.get(Number(line)) || found);
  } catch {
    // Of another version, or gone: places in the bundle are better than none.
    return text;
  }
};
