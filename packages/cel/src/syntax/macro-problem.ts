/** A macro whose arguments it cannot be made of. */
export class MacroProblem extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
