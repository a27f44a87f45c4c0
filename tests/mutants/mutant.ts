// A mutant is a known bug put back: one rewrite of one file, applied while the file is loaded. The product has no switch
// for it. Each stands for a failure that a real system has shipped.
export type Mutant = {
  /** What is wrong with it, in a few words. */
  readonly name: string;
  readonly failureClass: `F${number}`;
  /** Where the failure was seen in the open. */
  readonly standsFor: string;
  readonly file: string;
  /** Occurs exactly once in the file; a rewrite that has come loose from the source is an error. */
  readonly find: string;
  readonly replace: string;
  /** A second place in the same file, where one alone would not be the bug. */
  readonly and?: Edit;
  /** Tried in this order until one fails, as it should. */
  readonly caughtBy: readonly Catcher[];
};

export type Catcher =
  /** All scenario files. */
  | { readonly kind: "scenario" }
  | { readonly kind: "lab"; readonly only: string }
  /** Seeds 1 to `seeds` of the simulator. */
  | { readonly kind: "simulation"; readonly seeds: number }
  /** Unit or contract tests below this path. */
  | { readonly kind: "jest"; readonly path: string };

/** One test by its full name, in this file. */
export type KnownTest = { readonly kind: "test"; readonly path: string; readonly test: string };

export type Edit = { readonly find: string; readonly replace: string };
export type Rewrite = Pick<Mutant, "file" | "find" | "replace" | "and">;

/** Null when a text to be replaced isn't there, or is there more than once. */
export function rewrite(source: string, { find, replace, and }: Rewrite): string | null {
  const once = edit(source, { find, replace });
  return once === null || and === undefined ? once : edit(once, and);
}

function edit(source: string, { find, replace }: Edit): string | null {
  const at = source.indexOf(find);
  if (at === -1 || source.includes(find, at + 1)) return null;
  return source.slice(0, at) + replace + source.slice(at + find.length);
}

/** How a process that is to run a mutant is told which. */
export const MUTANT_VARIABLE = "FLOTILLA_MUTANT";

export function mutantOfEnvironment(): Rewrite | null {
  const text = process.env[MUTANT_VARIABLE];
  return text === undefined || text === "" ? null : (JSON.parse(text) as Rewrite);
}
