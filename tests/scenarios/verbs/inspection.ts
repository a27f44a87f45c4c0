// Looking at members.
import type { Verb } from "../stage.ts";

/** status n1 [n2 …] */
export const status: Verb = (stage, given) => {
  const names = given.words.length > 0 ? given.words : [...stage.cluster.members.keys()];
  for (const name of names) {
    const { role, term, leader, commitIndex, durableIndex, lastIndex, baseIndex } = stage.cluster.raft(name).status();
    const log = `base=${String(baseIndex)} commit=${String(commitIndex)} durable=${String(durableIndex)} last=${String(lastIndex)}`;
    stage.say(`${name}: ${role} term=${String(term)} leader=${leader ?? "nobody"} ${log}`);
  }
};

/** state n1 [n2 …]: what the service on top holds. */
export const state: Verb = (stage, given) => {
  const names = given.words.length > 0 ? given.words : [...stage.cluster.members.keys()];
  for (const name of names) stage.say(`${name}: ${stage.cluster.texts(name).join(" ")}`);
};

/** members n1: the membership that is in force there. */
export const members: Verb = (stage, given) => {
  for (const name of given.words) {
    const { voters, outgoing, learners, removed } = stage.cluster.raft(name).status().membership;
    const list = (label: string, ids: readonly string[]): string => (ids.length === 0 ? "" : ` ${label}=${ids.join(",")}`);
    stage.say(`${name}:${list("voters", voters)}${list("outgoing", outgoing)}${list("learners", learners)}${list("removed", removed)}`);
  }
};

/** followers n1: how a leader sees them. */
export const followers: Verb = (stage, given) => {
  for (const name of given.words) {
    for (const follower of stage.cluster.raft(name).status().followers) {
      stage.say(`${follower.member}: ${follower.state} match=${String(follower.matchIndex)} next=${String(follower.nextIndex)}`);
    }
  }
};
