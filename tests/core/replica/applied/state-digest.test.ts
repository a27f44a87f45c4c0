import { utf8 } from "../../../../core/base/bytes.ts";
import { done, refused } from "../../../../core/base/outcome.ts";
import { StateDigest } from "../../../../core/replica/applied/state-digest.ts";

function digestOf(entries: readonly string[], answers: readonly string[]): string {
  const digest = new StateDigest();
  for (const entry of entries) digest.addEntry(utf8(entry));
  for (const answer of answers) digest.addAnswer(done(utf8(answer)));
  return digest.toString();
}

test.each([
  { name: "another entry", entries: ["a", "c"], answers: ["x", "y"] },
  { name: "another order", entries: ["b", "a"], answers: ["x", "y"] },
  { name: "another answer", entries: ["a", "b"], answers: ["x", "z"] },
  { name: "answers cut elsewhere", entries: ["a", "b"], answers: ["", "xy"] },
  { name: "an answer less", entries: ["a", "b"], answers: ["x"] },
])("$name gives another digest", ({ entries, answers }) => {
  expect(digestOf(entries, answers)).not.toBe(digestOf(["a", "b"], ["x", "y"]));
});

test("a refusal counts as an answer", () => {
  const [digest, other] = [new StateDigest(), new StateDigest()];
  digest.addAnswer(refused("sessionExpired", "one wording"));
  other.addAnswer(refused("sessionExpired", "another"));
  expect(digest.toString()).toBe(other.toString());
  other.addAnswer(refused("serialForgotten", ""));
  digest.addAnswer(refused("badRequest", ""));
  expect(digest.toString()).not.toBe(other.toString());
});

test("goes on from where another one was", () => {
  const digest = new StateDigest();
  digest.addEntry(utf8("a"));
  digest.addAnswer(done(utf8("x")));
  const restored = new StateDigest(digest.entries, digest.answers);
  for (const each of [digest, restored]) {
    each.addEntry(utf8("b"));
    each.addAnswer(done(utf8("y")));
  }
  expect(restored.toString()).toBe(digest.toString());
});
