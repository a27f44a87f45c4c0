// What turns the values of a key into output, whether it works on bytes or calls job code.
import type { PairBytes } from "../records/pair-bytes.ts";
import type { Groups } from "./groups.ts";

/** Takes a pair of the output before it returns. */
export type Give = (pair: PairBytes) => void;

export interface Reducer {
  /** Reduces the group at hand. */
  reduce(groups: Groups, give: Give): void;
}
