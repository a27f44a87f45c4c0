import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import { Controllers } from "../../../runtime/replica/controllers.ts";

function controllers(answers: Readonly<Record<string, Outcome<unknown>>>): { asked: string[]; controllers: Controllers } {
  const asked: string[] = [];
  const asker = {
    ask: ({ address }: { readonly address: string }) => {
      asked.push(address);
      return Promise.resolve(answers[address] ?? unknown("deadline"));
    },
  };
  return { asked, controllers: new Controllers({ addresses: Object.keys(answers), asker }) };
}

test("what only the leader takes is asked of each until one takes it, and of that one first from then on", async () => {
  const { asked, controllers: each } = controllers({
    "a:1": refused("notLeader", "b leads"),
    "b:1": unknown("deadline"),
    "c:1": done("yes"),
  });
  expect(await each.ask("q", {})).toEqual(done("yes"));
  expect(asked).toEqual(["a:1", "b:1", "c:1"]);
  await each.ask("q", {});
  expect(asked.slice(3)).toEqual(["c:1"]);
});

test("when nobody takes it, the last answer counts; each was asked once", async () => {
  const { asked, controllers: each } = controllers({ "a:1": unknown("deadline"), "b:1": refused("starting", "waits") });
  expect(await each.ask("q", {})).toEqual(refused("starting", "waits"));
  expect(asked).toEqual(["a:1", "b:1"]);
});

test("whoever has ended asks nobody", async () => {
  const { asked, controllers: each } = controllers({ "a:1": done("yes") });
  await each.ask("q", {}, AbortSignal.abort());
  expect(asked).toEqual([]);
});
