import { done, refused, unknown } from "../../../core/base/outcome.ts";
import { asTerm } from "../../../core/base/ids.ts";
import { EffectQueue } from "../../../core/replica/effect-queue.ts";

test("gives everything once, in order", () => {
  const queue = new EffectQueue();
  queue.observe({ kind: "serving", index: 0 as never });
  queue.reply(1, done({ kind: "accepted", term: asTerm(2) }));
  expect(queue.take().map(({ kind }) => kind)).toEqual(["observe", "reply"]);
  expect(queue.take()).toEqual([]);
});

test.each([
  { outcome: done({ kind: "accepted" as const, term: asTerm(1) }), result: "done" },
  { outcome: refused("notLeader", "no"), result: "refused" },
  { outcome: unknown("deadline"), result: "unknown" },
])("a proposal is answered and counted as $result", ({ outcome, result }) => {
  const queue = new EffectQueue();
  queue.replyToProposal(7, outcome);
  expect(queue.take()).toEqual([
    { kind: "reply", request: 7, outcome },
    { kind: "observe", observation: { kind: "proposal", result } },
  ]);
});
