import type { WrittenSchema } from '../definition.ts';
import type { FieldReport } from '../field-report.ts';
import { isSchema, schemasOf } from '../schema-visit.ts';
import { type Environment, environmentOf, type Program } from './compiled-rule.ts';
import { stepsOfFieldPath } from './field-path.ts';
import { cel } from './load-cel.ts';
import { keyword, rulesOf, type WrittenRule } from './written-rule.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

interface Visit {
  report: FieldReport;
  schema: WrittenSchema;
  path: string;
  isResource: boolean;
  /** How often this part can stand in an object; undefined where nothing bounds it. */
  count: bigint | undefined;
  /** The part of the schema whose old value cannot be known; undefined where it can. */
  forgets: string | undefined;
  costs: { path: string; cost: bigint }[];
}

const checkTexts = (report: FieldReport, rule: WrittenRule, path: string): void => {
  const { message, messageExpression, reason } = rule;
  if (message !== undefined && message.trim() === '') report.invalid(`${path}.message`, message, 'must be non-empty if specified');
  else if (message?.includes('\n')) report.invalid(`${path}.message`, message, 'must not contain line breaks');
  else if (message === undefined && (rule.rule ?? '').includes('\n'))
    report.required(`${path}.message`, 'message must be specified if rule contains line breaks');
  if (messageExpression !== undefined && messageExpression.trim() === '')
    report.required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified');
  if (reason !== undefined && reason !== '' && !reasons.includes(reason)) report.notSupported(`${path}.reason`, reason, reasons);
};

const words = {
  bool: { failed: 'compilation failed', wanted: 'cel expression must evaluate to a bool', cost: 'estimated rule cost' },
  string: {
    failed: 'messageExpression compilation failed',
    wanted: 'messageExpression must evaluate to a string',
    cost: 'estimated messageExpression cost',
  },
} as const;

const compiled = (expression: string, environment: Environment, type: keyof typeof words): { program: Program } | { problem: string } => {
  try {
    const program = cel().compile(expression, environment);
    return String(program.resultType) === type ? { program } : { problem: words[type].wanted };
  } catch (error) {
    if (!(error instanceof cel().CompileProblem)) throw error;
    return { problem: `${words[type].failed}: ${error.message}` };
  }
};

/** A whole rule, as Kubernetes shows it: its names are those of Go, and Go escapes signs that HTML knows. */
const shownRule = ({ rule = '', message = '', messageExpression = '', reason, fieldPath = '', optionalOldSelf }: WrittenRule): string =>
  JSON.stringify({
    Rule: rule,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason ?? null,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf ?? null,
  }).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

// The largest request; what repeats without bound repeats as often as its smallest form fits into that.
const maxRequestBytes = 3 * 1024 * 1024;
const mostInstances = ({ bounds }: Environment): bigint => BigInt(Math.trunc(maxRequestBytes / ((bounds?.minSize ?? 0) + 1)));

/** All that an expression can cost in one object, in Kubernetes' units. */
const costOf = ({ count }: Visit, program: Program, environment: Environment): bigint => {
  const { max } = program.estimateCost();
  return max * (count ?? mostInstances(environment));
};

const checkExpression = (
  visit: Visit,
  {
    rule,
    expression,
    environment,
    type,
    field,
  }: { rule: WrittenRule; expression: string; environment: Environment; type: keyof typeof words; field: string },
): Program | undefined => {
  const { report, costs } = visit;
  const found = compiled(expression, environment, type);
  if ('problem' in found) {
    report.add({ field, type: 'FieldValueInvalid', message: `Invalid value: ${shownRule(rule)}: ${found.problem}` });
    return undefined;
  }
  const { describeExcess, estimatedRuleLimit } = cel();
  const cost = costOf(visit, found.program, environment);
  if (cost > estimatedRuleLimit) report.forbidden(field, describeExcess(words[type].cost, cost, estimatedRuleLimit));
  costs.push({ path: field, cost });
  return found.program;
};

const checkRule = (visit: Visit, rule: WrittenRule, path: string): void => {
  const { report, schema, isResource, forgets } = visit;
  checkTexts(report, rule, path);
  if (rule.fieldPath !== undefined && stepsOfFieldPath(rule.fieldPath, schema) === undefined)
    report.invalid(`${path}.fieldPath`, rule.fieldPath, 'must be a valid path');
  if ((rule.rule ?? '').trim() === '') {
    report.required(`${path}.rule`, 'rule is not specified');
    return;
  }
  const environment = environmentOf(schema, rule, isResource);
  if (environment === undefined) {
    report.invalid(path, rule.rule, 'rules need a schema that says of what type a value is');
    return;
  }
  const program = checkExpression(visit, { rule, expression: rule.rule ?? '', environment, type: 'bool', field: `${path}.rule` });
  if (rule.messageExpression !== undefined && rule.messageExpression.trim() !== '')
    checkExpression(visit, { rule, expression: rule.messageExpression, environment, type: 'string', field: `${path}.messageExpression` });
  const usesOld = program?.uses('oldSelf') === true;
  if (usesOld && forgets !== undefined)
    report.invalid(`${path}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${forgets}`);
  if (rule.optionalOldSelf !== undefined && program !== undefined && !usesOld)
    report.invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule');
};

const times = (count: bigint | undefined, most: unknown): bigint | undefined =>
  count === undefined || typeof most !== 'number' ? undefined : count * BigInt(Math.max(0, Math.trunc(most)));

const visitSchema = (visit: Visit): void => {
  const { schema, path, count } = visit;
  for (const [index, rule] of rulesOf(schema).entries()) checkRule(visit, rule, `${path}.${keyword}[${index}]`);
  const within = (part: WrittenSchema, change: Partial<Visit> & { path: string }): void =>
    visitSchema({ ...visit, schema: part, isResource: part['x-kubernetes-embedded-resource'] === true, ...change });
  for (const [name, part] of schemasOf(schema.properties)) within(part, { path: `${path}.properties[${name}]` });
  if (isSchema(schema.additionalProperties))
    within(schema.additionalProperties, { path: `${path}.additionalProperties`, count: times(count, schema.maxProperties) });
  if (isSchema(schema.items)) {
    const here = `${path}.items`;
    const isMap = schema['x-kubernetes-list-type'] === 'map';
    within(schema.items, { path: here, count: times(count, schema.maxItems), forgets: visit.forgets ?? (isMap ? undefined : path) });
  }
};

// Of a definition that costs too much, the rules that cost most are named.
const namedCosts = 4;

/** Whether all rules of a schema can be run, and within which costs: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules */
export function checkRules(report: FieldReport, schema: WrittenSchema, path: string): void {
  const costs: Visit['costs'] = [];
  visitSchema({ report, schema, path, isResource: true, count: 1n, forgets: undefined, costs });
  const { describeExcess, estimatedDefinitionLimit, estimatedRuleLimit } = cel();
  const total = costs.reduce((sum, { cost }) => sum + cost, 0n);
  if (total <= estimatedDefinitionLimit) return;
  const dearest = costs.toSorted((a, b) => (a.cost > b.cost ? -1 : 1)).slice(0, namedCosts);
  for (const { path: field } of dearest.filter(({ cost }) => cost > estimatedRuleLimit / 100n))
    report.forbidden(field, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema');
  report.forbidden(
    path,
    describeExcess('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total, estimatedDefinitionLimit),
  );
}
