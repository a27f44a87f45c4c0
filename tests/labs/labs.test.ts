// That the labs can fail: with a core that is broken on purpose, the lab that is there for such a bug finds it; with the
// real one the same lab and seed pass. All labs are run by `make labs`.
import { asTerm } from "../../core/base/ids.ts";
import { Raft } from "../../core/raft/raft.ts";
import type { Ready } from "../../core/raft/ready.ts";
import { LABS } from "./catalogue.ts";
import { KVRAFT_3A } from "./kv/kvraft-3a.ts";
import { KVRAFT_3B } from "./kv/kvraft-3b.ts";
import { KVRAFT1_4B } from "./kv/kvraft1-4b.ts";
import { KVSRV_2 } from "./kv/kvsrv-2.ts";
import { KVSRV1_2 } from "./kv/kvsrv1-2.ts";
import { LOCK_2 } from "./kv/lock-2.ts";
import type { MakeRaft } from "./raft-member.ts";
import { runLab } from "./run-lab.ts";
import type { LabResult } from "./run-lab.ts";
import { CONTROLLER_LABS } from "./sharded/controller-labs.ts";
import { SHARDKV_LABS } from "./sharded/shardkv-labs.ts";
import { SHARDKV1_5A } from "./sharded/shardkv1-5a.ts";
import { SHARDKV1_5BC } from "./sharded/shardkv1-5bc.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];

function run(name: string, seed: number, makeRaft?: MakeRaft): LabResult {
  const lab = LABS.find((each) => each.name === name);
  if (lab === undefined) throw new Error(`no lab ${name}`);
  return runLab(lab, seed, makeRaft);
}

class VotesForEverybody extends Raft {
  override takeReady(): Ready {
    const ready = super.takeReady();
    const grant = (messages: Ready["sendNow"]): Ready["sendNow"] =>
      messages.map((message) =>
        message.kind === "voteReply" || message.kind === "preVoteReply" ? { ...message, granted: true } : message,
      );
    const { sendAfterPersist } = ready;
    return {
      ...ready,
      sendNow: grant(ready.sendNow),
      sendAfterPersist: sendAfterPersist === null ? null : { ...sendAfterPersist, messages: grant(sendAfterPersist.messages) },
    };
  }
}

class SendsEverythingTwice extends Raft {
  override takeReady(): Ready {
    const ready = super.takeReady();
    return { ...ready, sendNow: [...ready.sendNow, ...ready.sendNow] };
  }
}

class NeverForgets extends Raft {
  override snapshotSaved(): null {
    return null;
  }
}

class AppliesWhatItProposes extends Raft {
  override takeReady(): Ready {
    const ready = super.takeReady();
    return { ...ready, committed: ready.persist?.entries ?? [] };
  }

  override appliedUpTo(): void {
    // It would know better.
  }
}

const BUGS: readonly { readonly bug: string; readonly makeRaft: MakeRaft; readonly lab: string; readonly finding: RegExp }[] = [
  {
    bug: "votes for everybody",
    makeRaft: (options, recovered) => new VotesForEverybody(options, recovered),
    lab: "TestManyElections3A",
    finding: /lead in term|more than one leader/,
  },
  {
    bug: "applies what it proposes",
    makeRaft: (options, recovered) => new AppliesWhatItProposes(options, recovered),
    lab: "TestFollowerFailure3B",
    finding: /without a majority/,
  },
  {
    bug: "sends every entry twice",
    makeRaft: (options, recovered) => new SendsEverythingTwice(options, recovered),
    lab: "TestRPCBytes3B",
    finding: /traffic \d+ .* beyond the limit/,
  },
  {
    bug: "forgets its term and vote in a crash",
    makeRaft: (options, recovered) => new Raft(options, { ...recovered, hardState: { term: asTerm(0), vote: null } }),
    lab: "TestFigure83C",
    finding: /lead in term|from a later term|the term never decreases/,
  },
  {
    bug: "never trims its log",
    makeRaft: (options, recovered) => new NeverForgets(options, recovered),
    lab: "TestSnapshotBasic3D",
    finding: /persisted state \d+ .* beyond the limit/,
  },
];

test.each(BUGS)("a core that $bug is found by $lab", ({ makeRaft, lab, finding }) => {
  const failures = SEEDS.map((seed) => run(lab, seed, makeRaft).failure);
  expect(failures.find((failure) => failure !== null)).toMatch(finding);
  for (const seed of SEEDS) expect(run(lab, seed).failure).toBeNull();
});

test("the same seed gives the same run", () => {
  const [one, other] = [run("TestUnreliableChurn3C", 3), run("TestUnreliableChurn3C", 3)];
  expect(one).toEqual(other);
  expect(run("TestUnreliableChurn3C", 4).simulatedMs).not.toBe(one.simulatedMs);
});

/** Of Raft and of what is replicated with it, as the originals call them. */
const OF_CONSENSUS = {
  "3A": "InitialElection ReElection ManyElections",
  "3B": "BasicAgree RPCBytes FollowerFailure LeaderFailure FailAgree FailNoAgree ConcurrentStarts Rejoin Backup Count",
  "3C": "Persist1 Persist2 Persist3 Figure8 UnreliableAgree Figure8Unreliable ReliableChurn UnreliableChurn",
  "3D": "SnapshotBasic SnapshotInstall SnapshotInstallUnreliable SnapshotInstallCrash SnapshotInstallUnCrash SnapshotAllCrash SnapshotInit",
  "4A": "Basic Concurrent LeaderFailure LeaderPartition RestartReplay RestartSubmit Shutdown",
  "4C": "Snapshot",
};

test("all 28 labs of Raft and all 8 of the replicated state machine are there, under their names", () => {
  const names = Object.entries(OF_CONSENSUS).flatMap(([part, labs]) => labs.split(" ").map((lab) => `Test${lab}${part}`));
  expect(names).toHaveLength(28 + 8);
  expect(LABS.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

test.each([
  { suite: "the single server of 2024", labs: KVSRV_2, count: 10 },
  { suite: "the single server of 2025", labs: KVSRV1_2, count: 4 },
  { suite: "the lock", labs: LOCK_2, count: 6 },
  { suite: "the replicated service of 2020", labs: [...KVRAFT_3A, ...KVRAFT_3B], count: 23 },
  { suite: "the replicated service of 2025", labs: KVRAFT1_4B, count: 22 },
  { suite: "the shard controllers", labs: CONTROLLER_LABS, count: 3 },
  { suite: "the sharded store of 2020", labs: SHARDKV_LABS, count: 14 },
  { suite: "the sharded store of 2025", labs: [...SHARDKV1_5A, ...SHARDKV1_5BC], count: 23 },
])("$suite has as many labs as the original has tests, and all are run: $count", ({ labs, count }) => {
  expect(labs.filter((lab) => LABS.includes(lab))).toHaveLength(count);
});

test("no two labs have the same name", () => {
  const names = LABS.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
