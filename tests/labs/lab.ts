// What a lab is: a name of the original suites and a script that fails if its demands are not met; and what it is given
// to work with.
import type { Random } from "../../core/base/random.ts";
import type { Figures } from "./figures.ts";
import type { LabTime } from "./lab-time.ts";
import type { MakeRaft } from "./raft-member.ts";
import type { Script } from "./script.ts";

export type Bench = {
  readonly time: LabTime;
  /** Each user takes a child of its own. */
  readonly random: Random;
  readonly figures: Figures;
  /** The consensus core under test. */
  readonly makeRaft: MakeRaft;
};

export type Lab = {
  readonly name: string;
  readonly script: (bench: Bench) => Script<void>;
};

/** The labs' unit of all waits. */
export const ELECTION_MS = 1_000;
