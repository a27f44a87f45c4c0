import type { KvHistory, KvInput } from "../../../../core/linearizability/kv-operations.ts";
import { lineageOf } from "../../../../core/linearizability/kv/lineage.ts";

const key = "x";
const put = (value: string): KvInput => ({ kind: "put", key, value });
const append = (value: string): KvInput => ({ kind: "append", key, value });

function written(inputs: readonly KvInput[], kind: "unknown" | "refused" = "unknown"): KvHistory {
  const outcome = kind === "unknown" ? ({ kind } as const) : ({ kind, returnedAt: 2 } as const);
  return inputs.map((input) => ({ client: "c1", calledAt: 1, input, outcome }));
}

test("a value that one put wrote is held once; one that two wrote, or none, may be held again", () => {
  const lineage = lineageOf(written([put("a"), put("b"), put("b")]), ["a", "b", "c"]);
  expect(["a", "b", "c"].map(lineage.isHeldOnce)).toEqual([true, false, false]);
});

test("a value that nobody read may never have been held", () => {
  expect(lineageOf(written([put("a")]), []).isHeldOnce("a")).toBe(false);
});

test("a chain of appends is known backwards from a read", () => {
  const lineage = lineageOf(written([put("a;"), append("b;"), append("c;")]), ["a;b;c;"]);
  expect(["a;", "a;b;", "a;b;c;"].map(lineage.isHeldOnce)).toEqual([true, true, true]);
  expect(lineage.heldBefore(append("c;"))).toBe("a;b;");
  expect(lineage.heldBefore(append("b;"))).toBe("a;");
  expect(lineage.heldBefore(put("a;"))).toBeNull();
});

test("the chain ends where a put could have written the same", () => {
  const lineage = lineageOf(written([put("a;b;"), append("a;"), append("b;"), append("c;")]), ["a;b;c;"]);
  expect(["a;", "a;b;", "a;b;c;"].map(lineage.isHeldOnce)).toEqual([false, false, true]);
  expect(lineage.heldBefore(append("c;"))).toBeNull();
});

test("an append to nothing has nothing before it", () => {
  const lineage = lineageOf(written([append("a;")]), ["a;"]);
  expect(lineage.isHeldOnce("a;")).toBe(true);
  expect(lineage.heldBefore(append("a;"))).toBeNull();
});

test("an append counts for every value that ends with it, if the rest may have been held", () => {
  expect(lineageOf(written([put("ab"), append("b")]), ["ab"]).isHeldOnce("ab")).toBe(true);
  expect(lineageOf(written([put("ab"), append("b"), put("a")]), ["ab"]).isHeldOnce("ab")).toBe(false);
  expect(lineageOf(written([append("1;"), append("21;"), append("0;")]), ["0;21;"]).heldBefore(append("21;"))).toBe("0;");
});

test("empty appends make every value come again", () => {
  const lineage = lineageOf(written([put("a"), append("")]), ["a", ""]);
  expect(["a", ""].map(lineage.isHeldOnce)).toEqual([false, false]);
});

test("refused writes wrote nothing", () => {
  const history = [...written([put("a")]), ...written([put("a")], "refused")];
  expect(lineageOf(history, ["a"]).isHeldOnce("a")).toBe(true);
});
