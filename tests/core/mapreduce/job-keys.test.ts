import { slotOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import {
  descriptionKey,
  fenceKey,
  filesKey,
  idOf,
  INDEX_PREFIX,
  indexKey,
  isJobId,
  logKey,
  pageKey,
  recordKey,
  runName,
} from "../../../core/mapreduce/job-keys.ts";

test("all keys of a job are of one slot, so that a transaction can join them", () => {
  const keys = [fenceKey("j"), descriptionKey("j"), recordKey("j"), filesKey("j", 3), pageKey("j", "map", 7), logKey("j", "reduce", 1)];
  expect(new Set(keys.map((key) => slotOf(utf8(key)))).size).toBe(1);
  expect(new Set(keys).size).toBe(keys.length);
});

test("the index is not in a job's slot, and is found by its prefix", () => {
  expect(indexKey("j").startsWith(INDEX_PREFIX)).toBe(true);
  expect(slotOf(utf8(indexKey("a")))).toBe(slotOf(utf8(indexKey("b"))));
});

test.each(["a", "word-count-1.2_3", "A".repeat(64)])("%s is an id", (id) => {
  expect(isJobId(id)).toBe(true);
});

test.each(["", "-a", "a/b", "a}b", "ä", "a".repeat(65)])("%j is none", (id) => {
  expect(isJobId(id)).toBe(false);
});

test("a run says which job it is of; earlier ones were called by its id", () => {
  expect(idOf(runName("a.b-c", "0a1b2c3d4e5f"))).toBe("a.b-c");
  expect(idOf(runName("a.0a1b2c3d4e5f", "0a1b2c3d4e5f"))).toBe("a.0a1b2c3d4e5f");
  expect(idOf("a.b-c")).toBe("a.b-c");
});
