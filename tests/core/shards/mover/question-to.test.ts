import { utf8 } from "../../../../core/base/bytes.ts";
import { asGroup } from "../../../../core/base/ids.ts";
import { questionTo } from "../../../../core/shards/mover/question-to.ts";
import { configurationOf } from "../bench/configurations.ts";
import { ShardedGroup } from "../sharded-group.ts";

test("goes to where the group was last heard of, also when it is leaving", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 2, { a: 1 }));
  group.adopt(configurationOf(2, 1, { a: 1 }));
  const asked = { operation: { kind: "read", bytes: utf8("x") }, elsewhere: false } as const;
  const peers = [0, 1, 2].map((ordinal) => `g2-${String(ordinal)}:7000`);
  expect(questionTo(group.machine, asGroup("2"), asked)).toEqual({ to: "group", group: "2", peers, ...asked });
  expect(questionTo(group.machine, asGroup("3"), asked)).toMatchObject({ peers: [] });
});

test("where it is by a configuration that is still to be adopted comes first, and counts no more once that is adopted", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 2, { a: 1 }));
  const elsewhere = { peer: "elsewhere:1", http: "http://elsewhere:2", redis: null };
  const question = { operation: { kind: "read", bytes: utf8("x") }, elsewhere: false } as const;
  const asked = (): unknown => {
    const to = questionTo(group.machine, asGroup("2"), question);
    return to.to === "group" ? to.peers[0] : null;
  };
  group.machine.laterAddresses.learn({ ...configurationOf(2, 2, { a: 1 }), groups: { "2": [elsewhere] } });
  expect(asked()).toBe("elsewhere:1");
  group.adopt(configurationOf(2, 2, { a: 1 }));
  expect(asked()).toBe("g2-0:7000");
});
