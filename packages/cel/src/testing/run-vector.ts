import { CompileProblem, compile, type Outcome, type Program } from '../compile.ts';
import { composeVariables } from '../composed-variables.ts';
import { authorizerBindings, createAdmissionEnvironment, createRuleEnvironment, type Environment } from '../environment.ts';
import type { Authorize } from '../library/authorizer.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';
import { type Type, types } from '../types/type.ts';
import { renderValue } from './render-value.ts';

/** What came of an expression, as tools/kubernetes/cel-vectors writes it. */
export interface VectorResult {
  issues?: string;
  type?: string;
  min?: string;
  max?: string;
  value?: string;
  error?: string;
  cost?: number;
}

export interface VectorGroup {
  name: string;
  mode: 'rule' | 'admission';
  schema?: StructuralSchema;
  root?: boolean;
  optionalOldSelf?: boolean;
  bindings?: Record<string, unknown>;
  variables?: { name: string; expression: string }[];
  authorizer?: boolean;
  cases: ({ expression: string } & VectorResult)[];
}

/** Runs expressions of a group as the group says. */
export function vectorRunner(group: VectorGroup): (expression: string) => VectorResult {
  const { environment, bindings } = group.mode === 'rule' ? ruleScope(group) : admissionScope(group);
  return (expression) => runVector(expression, environment, bindings());
}

interface Scope {
  environment: Environment;
  bindings: () => Record<string, unknown>;
}

function ruleScope({ schema = {}, root = false, optionalOldSelf = false, bindings = {} }: VectorGroup): Scope {
  const environment = createRuleEnvironment({ schema, isResource: root, hasOptionalOld: optionalOldSelf });
  if (environment === undefined) throw new Error('the schema of a group has no type');
  return { environment, bindings: () => bindings };
}

/** What the authorizer of the vectors allows: to read, but not what is broken. */
const authorize: Authorize = ({ verb, resource, path, serviceAccount }) => {
  if (resource === 'broken' || path === 'broken') return { isAllowed: false, reason: '', error: 'the authorizer is broken' };
  if (verb === 'get') return { isAllowed: true, reason: 'reading is allowed' };
  const who = serviceAccount === undefined ? 'alice' : `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
  return { isAllowed: false, reason: `${who} may only read` };
};

function admissionScope({ variables = [], authorizer = false, bindings = {} }: VectorGroup): Scope {
  const typesOfVariables = new Map<string, Type>();
  const programs = new Map<string, Program>();
  for (const { name, expression } of variables) {
    const program = compile(expression, createAdmissionEnvironment({ hasAuthorizer: authorizer, variables: typesOfVariables }));
    programs.set(name, program);
    typesOfVariables.set(name, declaredTypeOf(program.resultType));
  }
  const resource = { group: 'apps', resource: 'deployments', namespace: 'default', name: 'web' };
  const given = authorizer ? { ...bindings, ...authorizerBindings(authorize, resource) } : bindings;
  const composed = () =>
    composeVariables(new Map(Array.from(programs, ([name, program]) => [name, (): Outcome => program.run(given)] as const)));
  return {
    environment: createAdmissionEnvironment({ hasAuthorizer: authorizer, variables: typesOfVariables }),
    bindings: () => ({ ...given, variables: composed() }),
  };
}

const plainKinds: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'null',
  'string',
  'timestamp',
  'uint',
  'list',
  'map',
]);
const declaredTypeOf = (type: Type): Type => (plainKinds.has(type.kind) ? type : types.dyn);

function runVector(expression: string, environment: Environment, bindings: Record<string, unknown>): VectorResult {
  const program = tryCompile(expression, environment);
  if (program instanceof CompileProblem) return program.stage === 'check' ? { issues: program.message } : { error: program.message };
  const { min, max } = program.estimateCost();
  const outcome = program.run(bindings);
  const bounds = environment.bounds === undefined ? {} : { min: String(min), max: String(max) };
  const told = outcome.error === undefined ? { value: renderValue(outcome.value) } : { error: outcome.error };
  return { type: String(program.resultType), ...bounds, ...told, cost: outcome.cost };
}

function tryCompile(expression: string, environment: Environment): Program | CompileProblem {
  try {
    return compile(expression, environment);
  } catch (error) {
    if (error instanceof CompileProblem) return error;
    throw error;
  }
}
