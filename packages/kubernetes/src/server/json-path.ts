/** The part of JSON path that printer columns use: fields, quoted fields, `[0]`, `[-1:]`, `[*]`, and `[?(@.field=="value")]`. */
type Step =
  | { field: string }
  | { index: number }
  | { from: number; to: number | undefined }
  | { filter: readonly string[]; equals: string };

const stepPattern =
  /\.((?:[^.[\]\\]|\\.)+)|\['((?:[^'\\]|\\.)*)'\]|\[(-?\d+)\]|\[(\*|(?:-?\d+)?:(?:-?\d+)?)\]|\[\?\(@((?:\.[A-Za-z0-9_-]+)+)\s*==\s*["']([^"']*)["']\)\]/y;

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

const rangeOf = (text: string): Step => {
  const [from = '', to = ''] = text === '*' ? [] : text.split(':');
  return { from: Number(from), to: to === '' ? undefined : Number(to) };
};

const stepOf = ([, field, quoted, index, range, filter, equals]: RegExpExecArray): Step => {
  if (field !== undefined) return { field: unescaped(field) };
  if (quoted !== undefined) return { field: unescaped(quoted) };
  if (index !== undefined) return { index: Number(index) };
  if (range !== undefined) return rangeOf(range);
  return { filter: (filter ?? '').slice(1).split('.'), equals: equals ?? '' };
};

function stepsOf(path: string): Step[] {
  const text = path.replace(/^\{|\}$/g, '');
  const steps: Step[] = [];
  const pattern = new RegExp(stepPattern);
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw new Error(`the JSON path ${path} cannot be read at character ${at}`);
    steps.push(stepOf(match));
  }
  return steps;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;

function follow(value: unknown, step: Step): unknown[] {
  if ('field' in step) return [fieldOf(value, step.field)];
  if (!Array.isArray(value)) return [];
  if ('index' in step) return [value.at(step.index)];
  if ('from' in step) return value.slice(step.from, step.to);
  return value.filter((item) => String(step.filter.reduce(fieldOf, item)) === step.equals);
}

/** A reader of the path: everything that it selects, absent values left out. */
export function compileJsonPath(path: string): (object: unknown) => unknown[] {
  const steps = stepsOf(path);
  return (object) => {
    let found: unknown[] = [object];
    for (const step of steps)
      found = found.flatMap((value) => follow(value, step)).filter((value) => value !== undefined && value !== null);
    return found;
  };
}
