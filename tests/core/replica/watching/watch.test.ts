import { asIndex } from "../../../../core/base/ids.ts";
import { Watch } from "../../../../core/replica/watching/watch.ts";

test("another state brings no disputes along, and a divergence stays what it is", () => {
  const subject = new Watch();
  subject.divergence = { cause: "altered", why: "x", index: asIndex(3), stage: "rebuilt", sinceMs: 1 };
  subject.disputedSinceMs = 5;
  subject.checkpoints.record(asIndex(3), "x");
  subject.forgetState();
  expect(subject.disputedSinceMs).toBeNull();
  expect(subject.checkpoints.newest).toEqual([]);
  expect(subject.divergence.stage).toBe("rebuilt");
});
