import { done } from "../../../core/base/outcome.ts";
import { Coordinator } from "../../../core/coordinator/coordinator.ts";
import type { StoreEffect } from "../../../core/coordinator/effects.ts";
import type { StoreAnswer } from "../../../core/coordinator/events.ts";
import { CoordinatorHost } from "../../../runtime/jobs/coordinator-host.ts";

/** A store that answers when the test says so. */
class SlowStore {
  readonly asked: { readonly effect: StoreEffect; readonly answer: (answer: StoreAnswer) => Promise<void> }[] = [];

  perform(effect: StoreEffect): Promise<StoreAnswer> {
    return new Promise((resolve) => {
      const answer = async (given: StoreAnswer): Promise<void> => {
        resolve(given);
        await new Promise((later) => void setImmediate(later));
      };
      this.asked.push({ effect, answer });
    });
  }

  async answerNext(answer: StoreAnswer): Promise<void> {
    const next = this.asked.shift();
    if (next === undefined) throw new Error("nothing was asked");
    await next.answer(answer);
  }
}

test("what the store answers to a coordinator that has lost the jobs meanwhile, and has them again, is not taken for what it asks now", async () => {
  const store = new SlowStore();
  const bugs: unknown[] = [];
  const host = new CoordinatorHost({
    core: new Coordinator(),
    store,
    clock: { monotonicMs: () => 0, wallMs: () => 0 } as never,
    observe: () => undefined,
    onBug: (error) => void bugs.push(error),
  });
  host.activate();
  host.deactivate();
  host.activate();
  expect(store.asked.map(({ effect }) => effect.kind)).toEqual(["readIndex", "readIndex"]);
  const list = host.ask({ kind: "list" }, 1_000);
  // From before another coordinator, which had the jobs in between, took one more.
  await store.answerNext({ kind: "indexRead", entries: [] });
  const view = { id: "j", submittedAt: 1 };
  await store.answerNext({ kind: "indexRead", entries: [["j", JSON.stringify({ ended: true, view })]] });
  expect(await list).toEqual(done({ jobs: [{ ...view, run: "j" }] }));
  expect(bugs).toEqual([]);
  host.end();
});
