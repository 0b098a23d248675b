import type { FunctionDecl, Overload } from '../library/function.ts';
import { formatArguments, formatType, isDyn, isExactType, type Type, types } from '../types/type.ts';
import { TypeMapping } from '../types/type-mapping.ts';

interface Operand {
  type: Type;
  at: number;
}

interface Call {
  isMember: boolean;
  mapping: TypeMapping;
  newVariable(): Type;
}

type Resolution = { overloads: string[]; type: Type } | { problems: { at?: number; message: string }[] };

/** All ways to call a function with operands of these types. When several fit and give different types, the result is dynamic. */
export function resolveOverloads(declared: FunctionDecl, operands: readonly Operand[], call: Call): Resolution {
  if (declared.name === '_&&_' || declared.name === '_||_') return resolveLogic(declared, operands, call.mapping);
  const found: string[] = [];
  let type: Type | undefined;
  const given = operands.map((operand) => operand.type);
  for (const candidate of declared.overloads.filter(({ isMember }) => isMember === call.isMember)) {
    const { params, result } = instantiate(candidate, call.newVariable);
    if (!call.mapping.isAssignableList(given, params)) continue;
    found.push(candidate.id);
    const resultType = call.mapping.substitute(result, false);
    if (type === undefined) type = resultType;
    else if (!isDyn(type) && !isExactType(resultType, type)) type = types.dyn;
  }
  if (type !== undefined) return { overloads: found, type };
  const known = given.map((operand) => call.mapping.substitute(operand, true));
  const message = `found no matching overload for '${declared.name}' applied to '${formatArguments(known, call.isMember)}'`;
  return { problems: [{ message }] };
}

/** `&&` and `||` say for each operand what is wrong with it. */
function resolveLogic({ overloads }: FunctionDecl, operands: readonly Operand[], mapping: TypeMapping): Resolution {
  const problems = operands.flatMap(({ type, at }) =>
    mapping.isAssignable(type, types.bool) ? [] : [{ at, message: `expected type 'bool' but found '${formatType(type)}'` }],
  );
  return problems.length > 0 ? { problems } : { overloads: overloads.map(({ id }) => id), type: types.bool };
}

/** The signature with type variables that nobody else uses. */
function instantiate({ params, result }: Overload, newVariable: () => Type): { params: Type[]; result: Type } {
  const names = new Set<string>();
  for (const type of [result, ...params]) collectParams(type, names);
  if (names.size === 0) return { params: [...params], result };
  const fresh = new TypeMapping();
  for (const name of names) fresh.add(name, newVariable());
  return { params: params.map((type) => fresh.substitute(type, false)), result: fresh.substitute(result, false) };
}

function collectParams(type: Type, names: Set<string>): void {
  if (type.kind === 'param') names.add(type.name);
  for (const parameter of type.parameters) collectParams(parameter, names);
}
