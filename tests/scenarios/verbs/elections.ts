// Making a member stand, or win.
import { firstWord, numberNamed } from "./arguments.ts";
import type { Verb } from "../stage.ts";

/** campaign n1: its clock runs until it stands for election; nothing is delivered. */
export const campaign: Verb = (stage, given) => {
  stage.cluster.campaign(firstWord(given));
};

/** elect n1: … and everything is delivered until it leads. What that looks like is not written down. */
export const elect: Verb = (stage, given) => {
  const before = stage.trace.length;
  stage.cluster.elect(firstWord(given));
  stage.trace.length = before;
  const { term, commitIndex } = stage.cluster.raft(firstWord(given)).status();
  stage.say(`${firstWord(given)} leads term ${String(term)}, commit ${String(commitIndex)}`);
};

/** tick n1 [n2 …] [times=1]: each one's clock advances; nothing is delivered. */
export const tick: Verb = (stage, given) => {
  for (let i = 0; i < numberNamed(given, "times", 1); i++) for (const name of given.words) stage.cluster.tick(name);
};
