// Whether what the clients were told can be true of what the groups have in the end.
import { checkHistory } from "../../../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../../../core/linearizability/explanation.ts";
import { KV_MODEL } from "../../../../core/linearizability/kv-model.ts";
import type { ShardedState } from "../../../../core/shards/sharded-state.ts";
import type { Bench } from "./bench.ts";

export function judge(bench: Bench, keys: readonly string[], { mayCopiesFail = false } = {}): void {
  for (const key of keys) {
    const value = bench.valueOf(key) ?? "";
    const tokens = value.match(/<[^>]*>/g) ?? [];
    expect(new Set(tokens).size).toBe(tokens.length); // F39: nothing twice
    for (const { key: of, token, length } of bench.clients.flatMap(({ acknowledged }) => acknowledged)) {
      if (of === key && value.slice(length - token.length, length) !== token) {
        throw new Error(`${token} was acknowledged at ${String(length)} of ${key}, which is ${value}`);
      }
    }
  }
  for (const { ownKey, ownValue } of bench.clients) expect(bench.valueOf(ownKey)).toBe(ownValue);
  judgeHistory(bench, [...keys, ...bench.clients.map(({ ownKey }) => ownKey)]);
  const counts = bench.groups.map(({ witness }) => witness.machine.state.counts);
  const sumOf = (of: "handedOver" | "taken"): number => counts.reduce((sum, each) => sum + each[of], 0);
  expect(sumOf("handedOver")).toBe(sumOf("taken"));
  // What was sent is what was there, at once: that copies are compared makes up for nothing.
  const failed = bench.groups.reduce((sum, { witness }) => sum + witness.machine.state.count(({ failedCopies }) => failedCopies), 0);
  if (!mayCopiesFail) expect(failed).toBe(0);
  for (const { members, witness } of bench.groups) for (const { machine } of [...members, witness]) judgeRoom(machine.state);
  for (const group of bench.groups) expect(group.witness.machine.state.count(({ changes }) => (changes === null ? 0 : 1))).toBe(0);
}

/** What is counted as held is what is held, also after restarts and moves. */
function judgeRoom({ limits, shards }: ShardedState): void {
  const held = shards.flatMap(({ content, staging }) => [content, staging?.content ?? null]).flatMap((each) => each?.sessions ?? []);
  expect(limits.room?.sessions).toBe(held.reduce((sum, { size }) => sum + size, 0));
  expect(limits.room?.answerBytes).toBe(held.reduce((sum, { answerBytes }) => sum + answerBytes, 0));
}

/** Reads of any member, writes that were sent twice: there is one order of all that clients were told, the end included. */
function judgeHistory(bench: Bench, keys: readonly string[]): void {
  for (const key of keys) {
    const value = bench.valueOf(key);
    bench.history.done(bench.history.called("judge", { kind: "get", key }), value === null ? { kind: "absent" } : { kind: "found", value });
  }
  const verdict = checkHistory(bench.history.history(), KV_MODEL);
  if (verdict.kind === "violation") throw new Error(summaryOf(explain(verdict.partition.operations, KV_MODEL), KV_MODEL));
  expect(verdict.kind).toBe("linearizable");
}
