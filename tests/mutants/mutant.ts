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
  /** Tried in this order until one fails, as it should. */
  readonly caughtBy: readonly Catcher[];
};

export type Catcher =
  /** Scenario files whose path contains this. */
  | { readonly kind: "scenario"; readonly only: string }
  | { readonly kind: "lab"; readonly only: string }
  /** Seeds 1 to `seeds` of the simulator. */
  | { readonly kind: "simulation"; readonly seeds: number }
  /** Unit or contract tests below this path. */
  | { readonly kind: "jest"; readonly path: string };

export type Rewrite = Pick<Mutant, "file" | "find" | "replace">;

/** Null when the text to be replaced isn't there, or is there more than once. */
export function rewrite(source: string, { find, replace }: Rewrite): string | null {
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
