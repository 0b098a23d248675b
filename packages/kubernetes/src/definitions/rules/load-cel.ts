/** The language of rules. Types alone are imported at start: no process pays for the language while no definition has a rule. */
export type Cel = typeof import('@fairway/cel');

let loaded: Cel | undefined;

export async function loadCel(): Promise<void> {
  loaded ??= await import('@fairway/cel');
}

/** The language, which somebody has waited for before. */
export function cel(): Cel {
  if (loaded === undefined) throw new Error('the language of rules is not loaded: wait for loadCel() first');
  return loaded;
}
