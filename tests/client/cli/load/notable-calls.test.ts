import { NotableCalls } from "../../../../client/cli/load/notable-calls.ts";
import { done, refused, unknown } from "../../../../core/base/outcome.ts";

const put = (key: string) => ({ kind: "put", key, value: "v" }) as const;
const WRITTEN = done({ kind: "written", version: 1 } as const);

test("the longest call, and those that were not answered, by when they began", () => {
  const calls = new NotableCalls(1_000);
  calls.note({ input: put("a"), outcome: WRITTEN, startMs: 1_100, endMs: 1_110 });
  calls.note({ input: put("b"), outcome: unknown("deadline"), startMs: 1_200, endMs: 1_900 });
  calls.note({ input: put("c"), outcome: refused("noQuorum", "no majority"), startMs: 1_300, endMs: 1_350 });
  expect(calls.longest).toEqual({ tookMs: 700, atMs: 200 });
  expect(calls.unanswered).toEqual([
    { atMs: 200, tookMs: 700, call: "put", key: "b", why: "unknown: deadline" },
    { atMs: 300, tookMs: 50, call: "put", key: "c", why: "noQuorum" },
  ]);
});

test("of many that were not answered only the first are kept", () => {
  const calls = new NotableCalls(0);
  for (let i = 0; i < 100; i++) calls.note({ input: put(`k${i}`), outcome: unknown("deadline"), startMs: i, endMs: i + 1 });
  expect(calls.unanswered.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, i) => `k${i}`));
});
