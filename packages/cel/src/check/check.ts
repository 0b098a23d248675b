import type { CallExpr, ComprehensionExpr, Expr, ListExpr, MapExpr, SelectExpr, StructExpr } from '../syntax/expr.ts';
import { qualifiedName } from '../syntax/expr.ts';
import type { ParsedExpression } from '../syntax/parse.ts';
import type { Issue } from '../syntax/source.ts';
import {
  formatType,
  isDyn,
  isDynOrError,
  isOptional,
  listOf,
  mapOf,
  optionalOf,
  param,
  parameterOf,
  type Type,
  TypesTooLarge,
  typeOfType,
  types,
  unwrapOptional,
} from '../types/type.ts';
import { mostGeneral, TypeMapping } from '../types/type-mapping.ts';
import { typeOf } from '../values/value.ts';
import { CheckedExpression, type Reference } from './checked.ts';
import { type Declarations, Scope } from './declarations.ts';
import { resolveOverloads } from './resolve-overloads.ts';

/** Finds the type of each part of an expression, or all that does not fit. */
export function checkExpression(parsed: ParsedExpression, declarations: Declarations): CheckedExpression | { issues: readonly Issue[] } {
  const checker = new Checker(declarations);
  try {
    checker.check(parsed.expr);
    return checker.issues.length === 0 ? checker.result(parsed.expr) : { issues: checker.issues };
  } catch (error) {
    if (error instanceof TypesTooLarge) return { issues: [{ message: error.message, at: -1 }] };
    throw error;
  }
}

class Checker {
  readonly issues: Issue[] = [];
  readonly #declarations: Declarations;
  readonly #types: Type[] = [];
  readonly #references = new Map<number, Reference>();
  readonly #mapping = new TypeMapping();
  #scope = new Scope([]);
  #variables = 0;

  constructor(declarations: Declarations) {
    this.#declarations = declarations;
  }

  result(expr: Expr): CheckedExpression {
    const final = this.#types.map((type) => this.#mapping.substitute(type, true));
    return new CheckedExpression(expr, final, this.#references);
  }

  check(expr: Expr): Type {
    const type = this.#typeOf(expr);
    this.#types[expr.id] = type;
    return type;
  }

  #typeOf(expr: Expr): Type {
    switch (expr.kind) {
      case 'literal':
        return typeOf(expr.value);
      case 'ident':
        return this.#named(expr, expr.name) ?? this.#undeclared(expr.at, expr.name);
      case 'select':
        return this.#checkSelect(expr);
      case 'call':
        return this.#checkCall(expr);
      case 'list':
        return this.#checkList(expr);
      case 'map':
        return this.#checkMap(expr);
      case 'struct':
        return this.#checkStruct(expr);
      case 'comprehension':
        return this.#checkComprehension(expr);
    }
  }

  /** The type of a variable or of a type by its name, and the note of what it was. */
  #named(expr: Expr, written: string): Type | undefined {
    const name = written.replace(/^\./, '');
    const variable = this.#scope.find(name) ?? this.#declarations.variable(name);
    if (variable !== undefined) {
      this.#references.set(expr.id, { kind: 'variable', name });
      return variable;
    }
    const type = this.#declarations.typeNamed(name);
    if (type === undefined) return undefined;
    this.#references.set(expr.id, { kind: 'type', name, type });
    return typeOfType(type);
  }

  #undeclared(at: number, name: string): Type {
    return this.#fail(at, `undeclared reference to '${name}' (in container '')`);
  }

  #fail(at: number, message: string): Type {
    this.issues.push({ message, at });
    return types.error;
  }

  #mismatch(at: number, expected: Type, found: Type): Type {
    return this.#fail(at, `expected type '${formatType(expected)}' but found '${formatType(found)}'`);
  }

  #newVariable(): Type {
    this.#variables += 1;
    return param(`_var${this.#variables - 1}`);
  }

  #checkSelect(expr: SelectExpr): Type {
    const name = qualifiedName(expr);
    const named = name === undefined ? undefined : this.#named(expr, name);
    if (named !== undefined) return named;
    const field = this.#fieldOf(expr.at, expr.operand, { name: expr.field, isOptional: false });
    return expr.isTest ? types.bool : this.#mapping.substitute(field, false);
  }

  #fieldOf(at: number, operand: Expr, { name, isOptional: asOptional }: { name: string; isOptional: boolean }): Type {
    const operandType = this.#mapping.substitute(this.check(operand), false);
    const target = unwrapOptional(operandType);
    const type = this.#fieldIn(at, target, name);
    return asOptional || isOptional(operandType) ? optionalOf(type) : type;
  }

  #fieldIn(at: number, target: Type, name: string): Type {
    if (target.kind === 'map') return parameterOf(target, 1);
    if (target.kind === 'struct') return this.#declaredField(at, target.name, name);
    if (target.kind === 'param') this.#mapping.isAssignable(types.dyn, target);
    else if (!isDynOrError(target)) this.#fail(at, `type '${formatType(target)}' does not support field selection`);
    return types.dyn;
  }

  #declaredField(at: number, typeName: string, name: string): Type {
    const fields = this.#declarations.fieldsOf(typeName);
    if (fields === undefined) return this.#fail(at, `unexpected failed resolution of '${typeName}'`);
    return fields.fieldType(name) ?? this.#fail(at, `undefined field '${name}'`);
  }

  #checkCall(expr: CallExpr): Type {
    if (expr.name === '_?._') return this.#checkOptionalSelect(expr);
    for (const arg of expr.args) this.check(arg);
    const { target } = expr;
    if (target === undefined) return this.#resolve(expr, expr.name.replace(/^\./, ''), undefined);
    const prefix = qualifiedName(target);
    const full = `${prefix?.replace(/^\./, '')}.${expr.name}`;
    if (prefix !== undefined && this.#declarations.function(full) !== undefined) return this.#resolve(expr, full, undefined);
    this.check(target);
    return this.#resolve(expr, expr.name, target);
  }

  #checkOptionalSelect(expr: CallExpr): Type {
    const [operand, field] = expr.args;
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') return types.error;
    const type = this.#fieldOf(expr.at, operand, { name: field.value, isOptional: true });
    this.#references.set(expr.id, { kind: 'call', name: expr.name, overloads: ['select_optional_field'], isGlobal: true });
    return this.#mapping.substitute(type, false);
  }

  #resolve(expr: CallExpr, name: string, target: Expr | undefined): Type {
    const declared = this.#declarations.function(name);
    if (declared === undefined) return this.#undeclared(expr.at, target === undefined ? expr.name : name);
    const args = target === undefined ? expr.args : [target, ...expr.args];
    const operands = args.map((arg) => ({ type: this.#types[arg.id] ?? types.error, at: arg.at }));
    const resolved = resolveOverloads(declared, operands, {
      isMember: target !== undefined,
      mapping: this.#mapping,
      newVariable: () => this.#newVariable(),
    });
    if ('problems' in resolved) {
      for (const { at = expr.at, message } of resolved.problems) this.#fail(at, message);
      return types.error;
    }
    this.#references.set(expr.id, { kind: 'call', name, overloads: resolved.overloads, isGlobal: target === undefined });
    return resolved.type;
  }

  #checkList(expr: ListExpr): Type {
    let type: Type | undefined;
    for (const [index, element] of expr.elements.entries()) {
      let elementType = this.check(element);
      if (expr.optionals.has(index)) elementType = this.#unwrapElement(element, elementType);
      type = this.#join(type, elementType);
    }
    return listOf(type ?? this.#newVariable());
  }

  #checkMap(expr: MapExpr): Type {
    let keyType: Type | undefined;
    let valueType: Type | undefined;
    for (const { key, value, isOptional: maybe } of expr.entries) {
      keyType = this.#join(keyType, this.check(key));
      const type = this.check(value);
      valueType = this.#join(valueType, maybe ? this.#unwrapElement(value, type) : type);
    }
    return mapOf(keyType ?? this.#newVariable(), valueType ?? this.#newVariable());
  }

  /** The type in the optional that an element with `?` must be. */
  #unwrapElement(element: Expr, type: Type): Type {
    if (!isOptional(type) && !isDyn(type)) this.#mismatch(element.at, optionalOf(type), type);
    return unwrapOptional(type);
  }

  /** Elements of different types make a dynamic one; such literals are refused later, unless they are to be formatted. */
  #join(before: Type | undefined, type: Type): Type {
    if (before === undefined) return type;
    return this.#mapping.isAssignable(before, type) ? mostGeneral(before, type) : types.dyn;
  }

  #checkStruct(expr: StructExpr): Type {
    const type = this.#named(expr, expr.typeName);
    if (type === undefined) return this.#undeclared(expr.at, expr.typeName);
    const made = this.#madeType(expr.at, type);
    for (const { at, field, value, isOptional: maybe } of expr.fields) {
      const valueType = this.check(value);
      const fieldType = this.#declarations.fieldsOf(made.name)?.fieldType(field) ?? this.#fail(at, `undefined field '${field}'`);
      const given = maybe ? this.#unwrapElement(value, valueType) : valueType;
      if (!this.#mapping.isAssignable(fieldType, given))
        this.#fail(at, `expected type of field '${field}' is '${formatType(fieldType)}' but provided type is '${formatType(given)}'`);
    }
    return made;
  }

  #madeType(at: number, type: Type): Type {
    const made = parameterOf(type, 0);
    if (type.kind !== 'type') return this.#fail(at, `'${type.name}' is not a type`);
    return made.kind === 'struct' ? made : this.#fail(at, `'${made.name}' is not a message type`);
  }

  #checkComprehension(expr: ComprehensionExpr): Type {
    const rangeType = this.#mapping.substitute(this.check(expr.range), false);
    const initial = this.check(expr.initial);
    const outer = this.#scope;
    const accumulating = new Scope([[expr.accumulator, initial]], outer);
    this.#scope = new Scope(this.#variablesOf(expr, rangeType), accumulating);
    this.#assert(expr.condition, types.bool);
    this.#assert(expr.step, initial);
    this.#scope = accumulating;
    const type = this.check(expr.result);
    this.#scope = outer;
    return this.#mapping.substitute(type, false);
  }

  #variablesOf({ range, variable, secondVariable }: ComprehensionExpr, rangeType: Type): [string, Type][] {
    const [first, second] = this.#elementTypes(range.at, rangeType);
    if (secondVariable !== undefined)
      return [
        [variable, rangeType.kind === 'list' ? types.int : first],
        [secondVariable, second],
      ];
    return [[variable, first]];
  }

  /** What a macro goes over: elements of a list, keys and values of a map. */
  #elementTypes(at: number, rangeType: Type): [Type, Type] {
    if (rangeType.kind === 'list') return [parameterOf(rangeType, 0), parameterOf(rangeType, 0)];
    if (rangeType.kind === 'map') return [parameterOf(rangeType, 0), parameterOf(rangeType, 1)];
    if (rangeType.kind === 'param' || rangeType.kind === 'dyn' || rangeType.kind === 'error') {
      this.#mapping.isAssignable(types.dyn, rangeType);
      return [types.dyn, types.dyn];
    }
    const range = formatType(rangeType);
    const failed = this.#fail(at, `expression of type '${range}' cannot be range of a comprehension (must be list, map, or dynamic)`);
    return [failed, failed];
  }

  #assert(expr: Expr, type: Type): void {
    const found = this.check(expr);
    if (!this.#mapping.isAssignable(type, found)) this.#mismatch(expr.at, type, found);
  }
}
