import type { ClusterCase } from "./cluster-case.ts";
import { Missing, Skipped } from "./cluster-case.ts";
import { lookAhead } from "./look-ahead.ts";

const lacking = (name: string, error: Error) => ({ name, needs: () => Promise.reject(error) });

test("every case is asked, whatever those before it lack", async () => {
  const cases: readonly Pick<ClusterCase, "name" | "needs">[] = [
    { name: "a needs nothing" },
    lacking("b", new Skipped("there is one node")),
    lacking("c", new Missing("no images: make images")),
    { name: "d has what it needs", needs: () => Promise.resolve() },
    lacking("e", new Missing("no chart")),
  ];
  const { skipped, missing } = await lookAhead(cases);
  expect([...skipped]).toEqual([["b", "there is one node"]]);
  expect(missing).toEqual(["c: no images: make images", "e: no chart"]);
});

test("where it can't be found out, nothing begins", async () => {
  await expect(lookAhead([lacking("a", new Error("no such cluster"))])).rejects.toThrow("no such cluster");
});
