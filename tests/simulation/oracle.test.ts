import { Oracle } from "./oracle.ts";
import { Violation } from "./world/violation.ts";

const KEY = "append-1.0";

/** Appends that returned one after the other, unless said otherwise. */
function judge(final: string, act: (oracle: Oracle) => void): Violation | null {
  const oracle = new Oracle();
  act(oracle);
  try {
    oracle.judge(new Map([[KEY, final]]));
    return null;
  } catch (thrown) {
    if (thrown instanceof Violation) return thrown;
    throw thrown;
  }
}

function append(oracle: Oracle, token: string, outcome: "done" | "refused" | "unknown"): void {
  const call = oracle.called("c", { kind: "append", key: KEY, value: `${token};` });
  if (outcome === "done") oracle.done(call, { kind: "written" });
  if (outcome === "refused") oracle.refused(call);
}

const ab = (oracle: Oracle): void => {
  append(oracle, "a", "done");
  append(oracle, "b", "done");
};

test.each([
  { name: "everything in order", final: "a;b;", act: ab, promise: null },
  { name: "a lost token", final: "a;", act: ab, promise: "nothing acknowledged is lost" },
  { name: "a doubled token", final: "a;b;a;", act: ab, promise: "nothing is applied twice" },
  { name: "two that changed places", final: "b;a;", act: ab, promise: "what was acknowledged is never reordered" },
  {
    name: "a refused one that happened",
    final: "a;",
    act: (oracle: Oracle) => append(oracle, "a", "refused"),
    promise: "what is refused never happens",
  },
  { name: "an unknown one that happened", final: "a;", act: (oracle: Oracle) => append(oracle, "a", "unknown"), promise: null },
  { name: "an unknown one that didn't", final: "", act: (oracle: Oracle) => append(oracle, "a", "unknown"), promise: null },
  {
    name: "a stale read of what never was",
    final: "a;b;",
    act: (oracle: Oracle) => {
      ab(oracle);
      oracle.readStale({ key: KEY, output: { kind: "found", value: "b;" } });
    },
    promise: "a stale read shows what once was",
  },
])("$name", ({ final, act, promise }) => {
  expect(judge(final, act)?.promise ?? null).toBe(promise);
});

test("a history that no single copy could have given is found", () => {
  const violation = judge("", (oracle) => {
    const put = oracle.called("c1", { kind: "put", key: "register-1.0", value: "x" });
    oracle.done(put, { kind: "written", version: 1 });
    const get = oracle.called("c2", { kind: "get", key: "register-1.0" });
    oracle.done(get, { kind: "absent" });
  });
  expect(violation?.promise).toBe("histories are linearizable");
});
