import {
  isDyn,
  isDynOrError,
  isExactType,
  listOf,
  mapOf,
  opaque,
  parameterOf,
  type Type,
  TypesTooLarge,
  typeOfType,
  types,
} from './type.ts';

// Variables that stand for types with other variables in them can be followed in more ways than anybody can wait for. The longest
// expressions take a twentieth of this.
const mostSteps = 20_000_000;

/**
 * What is known of type variables so far. Assigning tries to make two types agree and keeps what it learned only if it succeeded;
 * what a failed try learned is taken back, so that each overload of a function is tried from the same ground.
 */
export class TypeMapping {
  readonly #known = new Map<string, Type>();
  #log: { name: string; before: Type | undefined }[] = [];
  #steps = 0;

  /** What a variable of that name stands for. */
  add(name: string, type: Type): void {
    this.#log.push({ name, before: this.#known.get(name) });
    this.#known.set(name, type);
  }

  find(type: Type): Type | undefined {
    this.#steps += 1;
    if (this.#steps > mostSteps) throw new TypesTooLarge(`types depend on each other in more than ${mostSteps} ways`);
    return type.kind === 'param' ? this.#known.get(type.name) : undefined;
  }

  isAssignable(to: Type, from: Type): boolean {
    return this.#trying(() => this.#assign(to, from));
  }

  isAssignableList(to: readonly Type[], from: readonly Type[]): boolean {
    return this.#trying(() => this.#assignList(to, from));
  }

  /** The type with all that is known put in. Variables that nothing is known of stay, or become `dyn`. */
  substitute(type: Type, unknownToDyn: boolean): Type {
    const known = this.find(type);
    if (known !== undefined) return this.substitute(known, unknownToDyn);
    if (type.kind === 'param') return unknownToDyn ? types.dyn : type;
    if (type.parameters.length === 0) return type;
    const parameters = type.parameters.map((parameter) => this.substitute(parameter, unknownToDyn));
    if (parameters.every((parameter, index) => parameter === type.parameters[index])) return type;
    const [first = types.dyn, second = types.dyn] = parameters;
    if (type.kind === 'list') return listOf(first);
    if (type.kind === 'map') return mapOf(first, second);
    return type.kind === 'type' ? typeOfType(first) : opaque(type.name, ...parameters);
  }

  #trying(assign: () => boolean): boolean {
    this.#log = [];
    if (assign()) return true;
    for (const { name, before } of this.#log.reverse()) {
      if (before === undefined) this.#known.delete(name);
      else this.#known.set(name, before);
    }
    return false;
  }

  #assignList(to: readonly Type[], from: readonly Type[]): boolean {
    return to.length === from.length && to.every((type, index) => this.#assign(type, parameterAt(from, index)));
  }

  #assign(to: Type, from: Type): boolean {
    if (from.kind === 'param') {
      const { valid, known } = this.#substitutes(to, from);
      if (valid || known) return valid;
    }
    if (to.kind === 'param') return this.#substitutes(from, to).valid;
    if (isDynOrError(to) || isDynOrError(from)) return true;
    if (to.kind === 'null') return isNullable(from);
    if (from.kind === 'null') return isNullable(to);
    if (to.kind === 'type') return from.kind === 'type';
    if (to.kind === 'opaque' || to.kind === 'list' || to.kind === 'map')
      return to.kind === from.kind && to.name === from.name && this.#assignList(to.parameters, from.parameters);
    return to.kind === from.kind && to.name === from.name;
  }

  /** Whether a type may stand for a variable. `known` says that the variable had a type already. */
  #substitutes(type: Type, variable: Type): { valid: boolean; known: boolean } {
    if (isExactType(type, variable)) return { valid: true, known: true };
    const before = this.find(variable);
    if (before !== undefined) {
      if (isExactType(type, before)) return { valid: true, known: true };
      if (!this.#assign(type, before)) return { valid: false, known: true };
      const general = mostGeneral(type, before);
      if (this.#isFree(variable, general)) this.add(variable.name, general);
      return { valid: true, known: true };
    }
    if (!this.#isFree(variable, type)) return { valid: false, known: false };
    this.add(variable.name, type);
    return { valid: true, known: false };
  }

  /** Whether a type does not contain the variable, which would make it contain itself. */
  #isFree(variable: Type, within: Type): boolean {
    if (isExactType(variable, within)) return false;
    if (within.kind !== 'param') return within.parameters.every((parameter) => this.#isFree(variable, parameter));
    const known = this.find(within);
    return known === undefined || this.#isFree(variable, known);
  }
}

const parameterAt = (list: readonly Type[], index: number): Type => list[index] ?? types.error;

/** Null may stand where a message could be missing, not for a plain scalar. */
function isNullable(type: Type): boolean {
  return ['opaque', 'struct', 'any', 'duration', 'timestamp', 'null', 'dyn', 'param'].includes(type.kind);
}

/** The wider of two types that agree. */
export function mostGeneral(one: Type, other: Type): Type {
  return isEqualOrLessSpecific(one, other) ? one : other;
}

function isEqualOrLessSpecific(one: Type, other: Type): boolean {
  if (isDyn(one) || one.kind === 'param') return true;
  if (isDyn(other) || other.kind === 'param' || one.kind !== other.kind) return false;
  if (one.kind === 'type') return true;
  if (one.kind === 'opaque' && (one.name !== other.name || one.parameters.length !== other.parameters.length)) return false;
  if (one.parameters.length === 0) return isExactType(one, other);
  return one.parameters.every((parameter, index) => isEqualOrLessSpecific(parameter, parameterOf(other, index)));
}
