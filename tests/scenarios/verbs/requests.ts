// What services and people ask of a member.
import { asMember } from "../../../core/base/ids.ts";
import type { MembershipChange } from "../../../core/raft/membership.ts";
import { firstWord, memberNamed, numberNamed } from "./arguments.ts";
import type { Arguments, Verb } from "../stage.ts";

/** propose n1 a b: each word is a command. */
export const propose: Verb = (stage, given) => {
  const [name = "", ...texts] = given.words;
  for (const text of texts) {
    const result = stage.cluster.propose(name, text);
    stage.say(
      result.kind === "proposed"
        ? `${text} is ${String(result.id.index)}/${String(result.id.term)}, command ${String(result.serviceIndex)}`
        : `${text} is refused: ${result.reason}`,
    );
  }
};

/** read n1 7: a linearizable read with this context. */
export const read: Verb = (stage, given) => {
  const name = firstWord(given);
  stage.cluster.raft(name).read(Number(given.words[1]));
  stage.cluster.work(name);
};

/** transfer n1 [to=n2] */
export const transfer: Verb = (stage, given) => {
  const name = firstWord(given);
  const result = stage.cluster.raft(name).transferLeadership({ to: memberNamed(given, "to"), reason: "asked" });
  if (result.kind === "refused") stage.say(`refused: ${result.message}`);
  stage.cluster.work(name);
};

/** change n1 add-learner=n4 place=2 | promote=n4 | remove=n3 */
export const change: Verb = (stage, given) => {
  const name = firstWord(given);
  const result = stage.cluster.raft(name).changeMembership(changeFrom(given));
  if (result.kind === "refused") stage.say(`refused: ${result.reason}`);
  stage.cluster.work(name);
};

function changeFrom(given: Arguments): MembershipChange {
  const learner = memberNamed(given, "add-learner");
  if (learner !== null)
    return { kind: "addLearner", member: learner, place: { ordinal: numberNamed(given, "place", 9), address: learner } };
  const promoted = memberNamed(given, "promote");
  if (promoted !== null) return { kind: "promote", member: promoted };
  return { kind: "removeMember", member: memberNamed(given, "remove") ?? asMember("nobody") };
}
