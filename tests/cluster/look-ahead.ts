// What cases take is looked for before the first one runs: nobody wants to hear after an hour that something should have been made before.
import type { ClusterCase } from "./cluster-case.ts";
import { Missing, Skipped } from "./cluster-case.ts";

/** `skipped`: why, by the case's name. `missing`: what has to be made, a line each. */
export type Ahead = { readonly skipped: ReadonlyMap<string, string>; readonly missing: readonly string[] };

export async function lookAhead(cases: readonly Pick<ClusterCase, "name" | "needs">[]): Promise<Ahead> {
  const skipped = new Map<string, string>();
  const missing: string[] = [];
  for (const { name, needs } of cases) {
    try {
      await needs?.();
    } catch (error) {
      if (error instanceof Skipped) skipped.set(name, error.message);
      else if (error instanceof Missing) missing.push(`${name}: ${error.message}`);
      else throw error;
    }
  }
  return { skipped, missing };
}
