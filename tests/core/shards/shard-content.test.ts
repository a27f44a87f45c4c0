import { emptyContent } from "../../../core/shards/shard-content.ts";
import { LIMITS } from "./sharded-group.ts";

test("a new shard has nothing, and shares nothing with another", () => {
  const [one, other] = [emptyContent(LIMITS), emptyContent(LIMITS)];
  expect([one.kv.size, one.sessions.size]).toEqual([0, 0]);
  expect(one.sessions).not.toBe(other.sessions);
});
