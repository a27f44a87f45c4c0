// F31 and F32, before there is a group and after: a second one founded beside or over the first, by whoever lost a disk or by
// letters that come too late; and a member that comes back with another disk than it had.
import type { Mutant } from "../mutant.ts";

const REPLICA_TESTS = { kind: "jest", path: "tests/core/replica/replica.test.ts" } as const;
const BIRTH_TESTS = { kind: "jest", path: "tests/core/replica/birth" } as const;

export const BIRTH_MUTANTS: readonly Mutant[] = [
  {
    name: "a group serves before every place holds its founding",
    failureClass: "F31",
    standsFor: "Dragonboat's Drummer, which deletes all data of a member",
    file: "core/replica/birth-state.ts",
    find: 'identity.kind === "born" || (identity.kind === "adopted" && !isNamed(identity))',
    replace: 'identity.kind !== "unborn"',
    caughtBy: [BIRTH_TESTS],
  },
  {
    name: "a founding is adopted from an answer that is older than the founder's successor",
    failureClass: "F31",
    standsFor: "etcd: who lost the disk has to be removed and added anew",
    file: "core/replica/birth.ts",
    find: "this.#set({ asked: without(asked, from.ordinal), askers:",
    replace: "this.#set({ askers:",
    caughtBy: [BIRTH_TESTS],
  },
  {
    name: "a member calls itself blank while it is adopting a founding",
    failureClass: "F31",
    standsFor: "canonical/raft#386: an answer that the disk does not know of yet",
    file: "core/replica/birth.ts",
    find: "if (identity === null || saving !== null) return;",
    replace: "if (identity === null) return;",
    caughtBy: [BIRTH_TESTS],
  },
  {
    name: "an answer to any question counts, however old",
    failureClass: "F31",
    standsFor: "etcd#20418: the answer to another question",
    file: "core/replica/birth.ts",
    find: "return this.#isMine(ask) && this.#state.asked[from.ordinal]?.sequence === ask.sequence;",
    replace: "return this.#isMine(ask) || ask.sequence >= 0;",
    caughtBy: [BIRTH_TESTS],
  },
  {
    name: "a newcomer believes anybody that its id was removed",
    failureClass: "F38",
    standsFor: "etcd#20418: an answer that nobody asked for",
    file: "core/replica/birth.ts",
    find: "if (removed && isAsked && asksToJoin",
    replace: "if (removed && asksToJoin",
    caughtBy: [BIRTH_TESTS],
  },
  {
    name: "a member of another cluster may join",
    failureClass: "F31",
    standsFor: "Consul: one wrong join merges the gossip of two clusters",
    file: "core/replica/birth.ts",
    find: "if (cluster !== null && cluster !== own) return",
    replace: "if (cluster === own && cluster === null) return",
    caughtBy: [BIRTH_TESTS],
  },
  {
    name: "an idle group forgets the lives of its members",
    failureClass: "F32",
    standsFor: "TigerBeetle's simulator: an old backup restored on one member",
    file: "core/replica/replica.ts",
    find: "  tickLeading(state);\n  rememberLives(state);",
    replace: "  tickLeading(state);",
    caughtBy: [REPLICA_TESTS],
  },
  {
    name: "an old disk counts again once it was started often enough",
    failureClass: "F32",
    standsFor: "TigerBeetle's simulator: an old backup restored on one member",
    file: "core/replica/life-number.ts",
    find: "return sameStart === undefined || sameStart === life;",
    replace: "return sameStart !== life || sameStart === life;",
    caughtBy: [REPLICA_TESTS],
  },
  {
    name: "a member without what it acknowledged is believed in its next life",
    failureClass: "F31",
    standsFor: "etcd: who lost the disk has to be removed and added anew",
    file: "core/replica/turn.ts",
    find: "    state.peers.expose(member);\n",
    replace: "",
    caughtBy: [REPLICA_TESTS],
  },
  {
    name: "data that is to be set aside is not marked before its log is closed",
    failureClass: "F32",
    standsFor: "TigerBeetle's simulator: an old backup restored on one member",
    file: "runtime/ending.ts",
    find: "const marked = ended((each) => directory.markAside(each));",
    replace: "const marked = Promise.resolve(null);",
    caughtBy: [{ kind: "jest", path: "tests/runtime/ending.test.ts" }],
  },
];
