// That the labs of the store can fail: each of these takes something away without which the lab that is there for it can't
// pass. The rest of the labs' machinery is shown to fail in labs.test.ts.
import { done } from "../../core/base/outcome.ts";
import { encodeResult } from "../../core/kv/results.ts";
import { Sessions } from "../../core/replica/applied/sessions.ts";
import { GroupShard } from "../../core/shards/group-shard.ts";
import { ShardedStateMachine } from "../../core/shards/sharded-state-machine.ts";
import { LABS } from "./catalogue.ts";
import { ReplicaMember } from "./replica-member.ts";
import { runLab } from "./run-lab.ts";

type Sabotage = { readonly bug: string; readonly lab: string; readonly finding: RegExp; readonly commit: () => void };

const SABOTAGES: readonly Sabotage[] = [
  {
    bug: "remembers none of its clients",
    lab: "TestUnreliableOneKey3A",
    finding: /is there twice|bytes instead of/,
    commit: () => {
      jest.spyOn(Sessions.prototype, "admit").mockReturnValue({ kind: "execute" });
      jest.spyOn(Sessions.prototype, "remember").mockReturnValue();
    },
  },
  {
    bug: "answers reads without asking anybody",
    lab: "TestOnePartition3A",
    finding: /a get was answered in the minority|lost its write/,
    commit: () => {
      const { request } = ReplicaMember.prototype;
      jest.spyOn(ReplicaMember.prototype, "request").mockImplementation(function (this: ReplicaMember, operation, ...rest) {
        request.call(this, operation.kind === "read" ? { ...operation, consistency: "stale" } : operation, ...rest);
      });
    },
  },
  {
    bug: "says of a key that it does not own that there is none",
    lab: "TestRejection5A",
    finding: /holds 0 bytes/,
    commit: () => {
      const { query } = ShardedStateMachine.prototype;
      jest.spyOn(ShardedStateMachine.prototype, "query").mockImplementation(function (this: ShardedStateMachine, bytes) {
        const outcome = query.call(this, bytes);
        const isWrongShard = outcome.kind === "refused" && outcome.refusal.code === "wrongShard";
        return isWrongShard ? done(encodeResult({ kind: "absent" })) : outcome;
      });
    },
  },
  {
    bug: "never lets go of a shard that has left",
    lab: "TestJoinBasic5A",
    finding: /shards don't arrive/,
    commit: () => {
      jest.spyOn(GroupShard.prototype, "release").mockReturnValue(false);
    },
  },
];

afterEach(() => {
  jest.restoreAllMocks();
});

test.each(SABOTAGES)("a store that $bug is found by $lab", ({ lab: name, finding, commit }) => {
  const lab = LABS.find((each) => each.name === name);
  if (lab === undefined) throw new Error(`no lab ${name}`);
  expect(runLab(lab, 1).failure).toBeNull();
  commit();
  expect(runLab(lab, 1).failure).toMatch(finding);
});
