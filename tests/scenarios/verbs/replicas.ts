// A group of whole replicas with the store on top, for what clients are told. Time passes in `run`, and while an answer is waited for.
import { textOf } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import { isolate } from "../../core/replica/envelopes.ts";
import * as calls from "../../core/replica/kv-calls.ts";
import { ReplicaWorld } from "../../core/replica/replica-world.ts";
import type { Verb } from "../stage.ts";
import { firstWord, numberNamed } from "./arguments.ts";

/** replicas size=3 [snapshot=100000]: … and who leads. After so many entries there is a snapshot, and they leave the log. */
export const replicas: Verb = (stage, given) => {
  const limits = { snapshotEntries: numberNamed(given, "snapshot", 100_000), snapshotGrowth: 0 };
  stage.replicas = new ReplicaWorld({ size: numberNamed(given, "size", 3), limits, raftLimits: { trailingEntries: 0 } });
  stage.say(`${stage.replicas.electLeader().name} leads`);
};

/** put a=1 b=2: one after the other, through the leader. */
export const put: Verb = (stage, given) => {
  for (const [key, value] of given.named) {
    const outcome = stage.replicas.call(stage.replicas.leader.name, calls.put(key, value));
    stage.say(`${key}=${value} is entry ${indexIn(outcome)}: ${calls.shortly(outcome)}`);
  }
};

/** read-stale n1 n2 … key=a: what each has applied, and up to which entry. */
export const readStale: Verb = (stage, given) => {
  for (const name of given.words) {
    const outcome = stage.replicas.call(name, calls.get(given.named.get("key") ?? "", "stale"));
    stage.say(`${name} at entry ${indexIn(outcome)}: ${foundIn(outcome)}`);
  }
};

/** withhold n1: it hears of nothing more that it is committed. What it is sent until then is in its log. */
export const withhold: Verb = (stage, given) => {
  const name = firstWord(given);
  const { commitIndex } = stage.replicas.running(name).status().raft;
  stage.replicas.passes = ({ to, body }): boolean =>
    to !== name || body.kind !== "raft" || body.message.kind !== "append" || body.message.commitIndex <= commitIndex;
};

/** cut n1: it neither hears the others nor is heard. */
export const cut: Verb = (stage, given) => {
  isolate(stage.replicas, firstWord(given));
};

/** mend: everything gets through. */
export const mend: Verb = (stage) => {
  stage.replicas.passes = (): boolean => true;
};

/** run ms=500, and who was brought up to date by a snapshot meanwhile. */
export const run: Verb = (stage, given) => {
  const before = restorations(stage.replicas);
  stage.replicas.run(numberNamed(given, "ms", 500));
  for (const line of restorations(stage.replicas).filter((each) => !before.includes(each))) stage.say(line);
};

function restorations(world: ReplicaWorld): readonly string[] {
  return world.members.flatMap(({ name }) =>
    world.observed(name, "restored").map(({ index }) => `${name} restores a snapshot up to entry ${String(index)}`),
  );
}

function indexIn(outcome: Outcome<Reply>): string {
  return outcome.kind === "done" && outcome.value.kind === "result" ? String(outcome.value.index) : "none";
}

function foundIn(outcome: Outcome<Reply>): string {
  const result = outcome.kind === "done" && outcome.value.kind === "result" ? decodeResult(outcome.value.result) : null;
  if (result?.kind !== "found") return calls.shortly(outcome);
  return `${textOf(result.value)}, version ${String(result.version)}, revision ${String(result.revision)}`;
}
