/** Something that must hold does not. `invariant` is its number in the list of `README.md`. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly invariant: string;
  readonly runId: string | undefined;
  readonly slot: number | undefined;

  constructor(invariant: string, message: string, about: { readonly runId?: string; readonly slot?: number } = {}) {
    super(message);
    this.invariant = invariant;
    this.runId = about.runId;
    this.slot = about.slot;
  }
}
