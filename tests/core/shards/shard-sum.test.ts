import { Random } from "../../../core/base/random.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../core/base/ids.ts";
import { createClientId } from "../../../core/replica/applied/client-id.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { emptyContent } from "../../../core/shards/shard-content.ts";
import type { ShardContent } from "../../../core/shards/shard-content.ts";
import { ShardSum } from "../../../core/shards/shard-sum.ts";
import { LIMITS, ShardedGroup, START_MS } from "./sharded-group.ts";
import { configurationOf } from "./bench/configurations.ts";

const SHARDS = 5;
const clientOf = (count: number): string => createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count });

test("whatever changes, comes and goes, the sum is that of all shards", () => {
  const random = new Random(1);
  const contents: (ShardContent | null)[] = Array.from({ length: SHARDS }, () => null);
  const contentOf = (shard: number): ShardContent | null => contents[shard] ?? null;
  const sum = new ShardSum(SHARDS, ({ kv }) => kv.size);
  for (let step = 0; step < 2_000; step++) {
    const shard = random.between(0, SHARDS - 1);
    const content = contentOf(shard);
    sum.change(shard);
    if (content === null) contents[shard] = emptyContent(LIMITS);
    else if (random.fraction() < 0.1) contents[shard] = null;
    else content.kv.apply({ kind: "put", key: utf8(String(step)), guards: NO_GUARDS, value: utf8("x") }, { stampMs: 0 });
    if (random.fraction() < 0.5) expect(sum.total(contentOf)).toBe(contents.reduce((all, each) => all + (each?.kv.size ?? 0), 0));
  }
});

test("a group's own sums are those of counting every shard", () => {
  const group = new ShardedGroup("1");
  const { state } = group.machine;
  const expectSums = (): void => {
    expect(state.sumOf("keys")).toBe(state.count(({ content }) => content?.kv.size ?? 0));
    expect(state.sumOf("sessions")).toBe(state.count(({ content }) => content?.sessions.size ?? 0));
    expect(state.sumOf("answerBytes")).toBe(state.count(({ content }) => content?.sessions.answerBytes ?? 0));
  };
  expectSums();
  group.adopt(configurationOf(1, 2, { "{a}": 1, "{b}": 1 }));
  for (const [i, key] of ["{a}", "{a}1", "{b}"].entries()) {
    group.put(key, "x", { session: { client: clientOf(i), serial: 1, acked: 0 } });
    expectSums();
  }
  expect([state.sumOf("keys"), state.sumOf("sessions")]).toEqual([3, 3]);
  expect(state.sumOf("answerBytes")).toBeGreaterThan(0);
});
