import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem } from '@fairway/resources/model';
import { createFieldReport, type FieldReport } from '../field-report.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { stepsOfFieldPath } from './field-path.ts';
import { cel } from './load-cel.ts';
import type { RuleTree } from './rule-tree.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Run {
  report: FieldReport;
  /** What the rules of this object may still cost. */
  budget: number;
}

/** A value and what it was, where that can be known. */
interface Pair {
  value: unknown;
  old: unknown;
  path: string;
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = ({ written }: CompiledRule): string => (written.message?.trim() || written.rule?.trim()) ?? '';

/** What is said of a broken rule: what its expression makes, its message, or the rule itself. */
function messageOf(run: Run, { message, written }: CompiledRule, bindings: Fields): string {
  const plain = written.message?.trim() || `failed rule: ${written.rule?.trim() ?? ''}`;
  if (message === undefined) return plain;
  const outcome = message.run(bindings);
  run.budget -= outcome.cost;
  const made = typeof outcome.value === 'string' ? outcome.value.trim() : '';
  const isGood = made !== '' && !made.includes('\n') && Buffer.byteLength(made) <= cel().longestMessageBytes;
  return isGood ? made : plain;
}

const fieldOf = (path: string, steps: readonly string[]): string =>
  steps.reduce((at, step) => (/^[A-Za-z_][\w-]*$/.test(step) ? (at === '' ? step : `${at}.${step}`) : `${at}[${step}]`), path);

const shown = (value: unknown): string => (typeof value === 'object' ? '' : `${JSON.stringify(value)}: `);

/** Of objects and lists the value is left out: the rule says what of it is wrong. */
const tell = ({ report }: Run, { path, value }: Pair, { reason, message }: { reason: string | undefined; message: string }): void => {
  if (reason === 'FieldValueForbidden') report.forbidden(path, message);
  else if (reason === 'FieldValueRequired') report.required(path, message);
  else if (reason === 'FieldValueDuplicate') report.duplicate(path, value);
  else report.add({ field: path, type: 'FieldValueInvalid', message: `Invalid value: ${shown(value)}${message}` });
};

const explained = (error: string, isCancelled: boolean, rule: CompiledRule): string => {
  const text = textOf(rule);
  if (isCancelled) return `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`;
  if (error.startsWith('no such overload'))
    return `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`;
  return `${error} evaluating rule: ${text}`;
};

/** Runs one rule; false when no other may be run. */
function runRule(run: Run, tree: RuleTree, { rule, pair }: { rule: CompiledRule; pair: Pair }): boolean {
  const { value, old, path } = pair;
  const isOptional = rule.written.optionalOldSelf === true;
  if (isTolerated(rule, pair) || (rule.isTransition && old === undefined && !isOptional)) return true;
  const type = String(tree.schema.type ?? '');
  const bindings = { self: value, ...(old === undefined ? {} : { oldSelf: old }) };
  const outcome = rule.program.run(bindings);
  run.budget -= outcome.cost;
  if (outcome.error !== undefined) {
    run.report.invalid(path, type, explained(outcome.error, outcome.isCancelled, rule));
    if (outcome.isCancelled) return false;
  } else if (outcome.value !== true) {
    const steps = rule.written.fieldPath === undefined ? [] : (stepsOfFieldPath(rule.written.fieldPath, tree.schema) ?? []);
    tell(run, { ...pair, path: fieldOf(path, steps) }, { reason: rule.written.reason, message: messageOf(run, rule, bindings) });
  }
  if (run.budget >= 0) return true;
  run.report.invalid(path, type, 'validation failed due to running out of cost budget, no further validation rules will be run');
  return false;
}

/** Of a whole object, what rules may speak of and writes may change. */
const ownParts = ({ apiVersion: _version, metadata: _metadata, ...rest }: Fields): Fields => rest;

/** What was broken before stays tolerated while it is not changed, so that it can be let go; a rule about changes has no such past. */
const isTolerated = (rule: CompiledRule, { value, old, path }: Pair): boolean => {
  if (rule.isTransition || old === undefined) return false;
  return path === '' && isFields(value) && isFields(old)
    ? isDeepStrictEqual(ownParts(value), ownParts(old))
    : isDeepStrictEqual(value, old);
};

/** The old item of a list whose items are told apart by keys. */
function oldItem({ schema }: RuleTree, old: unknown, item: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys) || !Array.isArray(old)) return undefined;
  const keyOf = (one: unknown): unknown[] => keys.map((key) => (isFields(one) ? one[String(key)] : undefined));
  return old.find((one) => isDeepStrictEqual(keyOf(one), keyOf(item)));
}

function* partsOf(tree: RuleTree, { value, old, path }: Pair): Generator<{ tree: RuleTree; pair: Pair }> {
  const { items, values, properties } = tree;
  if (Array.isArray(value) && items !== undefined)
    for (const [index, item] of value.entries())
      yield { tree: items, pair: { value: item, old: oldItem(tree, old, item), path: `${path}[${index}]` } };
  if (!isFields(value)) return;
  const before = isFields(old) ? old : {};
  for (const [name, part] of properties)
    if (Object.hasOwn(value, name)) yield { tree: part, pair: { value: value[name], old: before[name], path: fieldOf(path, [name]) } };
  if (values !== undefined)
    for (const [name, field] of Object.entries(value))
      yield { tree: values, pair: { value: field, old: before[name], path: `${path}[${name}]` } };
}

/** False when no further rule may be run. */
function visit(run: Run, tree: RuleTree, pair: Pair): boolean {
  if (pair.value === null || pair.value === undefined) return true;
  const known = pair.old === null ? { ...pair, old: undefined } : pair;
  for (const rule of tree.rules) if (!runRule(run, tree, { rule, pair: known })) return false;
  for (const part of partsOf(tree, known)) if (!visit(run, part.tree, part.pair)) return false;
  return true;
}

/** What an object, and its change, break of the rules of its schema. */
export function runRules(tree: RuleTree, object: unknown, old: unknown): readonly FieldProblem[] {
  const run: Run = { report: createFieldReport(), budget: cel().perObjectBudget };
  visit(run, tree, { value: object, old, path: '' });
  return run.report.problems;
}
