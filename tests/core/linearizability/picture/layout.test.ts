import { endOf } from "../../../../core/linearizability/history.ts";
import type { DoneOperation } from "../../../../core/linearizability/history.ts";
import { layOut } from "../../../../core/linearizability/picture/layout.ts";
import { windowAround } from "../../../../core/linearizability/picture/window.ts";
import { failingHistories } from "../failing-histories.ts";

const LABEL_WIDTH = 100;

function done(client: string, calledAt: number, returnedAt: number): DoneOperation<string, string> {
  return { client, calledAt, input: "", outcome: { kind: "done", returnedAt, output: "" } };
}

test("clients come by the numbers in their names, with a row more for what overlaps", () => {
  const stuck = done("c10", 7, 8);
  const operations = [stuck, done("c2", 1, 4), done("c2", 2, 3), done("c2", 5, 6), done("c1", 1, 9)];
  const { rowClients, bars } = layOut(windowAround(operations, operations.slice(1), stuck), () => LABEL_WIDTH);
  expect(rowClients).toEqual(["c1", "c2", "c2", "c10"]);
  expect(bars.map(({ operation, row }) => [operation.client, operation.calledAt, row])).toEqual([
    ["c2", 1, 1],
    ["c1", 1, 0],
    ["c2", 2, 2],
    ["c2", 5, 1],
    ["c10", 7, 3],
  ]);
});

test("intervals that share a moment are drawn overlapping", () => {
  const [first, stuck] = [done("c1", 1, 2), done("c2", 2, 3)];
  const { bars } = layOut(windowAround([first, stuck], [first], stuck), () => LABEL_WIDTH);
  const [a, b] = bars;
  expect((a?.x ?? 0) + (a?.width ?? 0)).toBeGreaterThan(b?.x ?? Infinity);
});

test("bars hold their labels and numbers, order goes to the right, nothing overlaps in a row: 25 failing histories", () => {
  for (const { failure, explanation } of failingHistories(25)) {
    for (const order of explanation.orders) {
      const { width, bars, rowClients } = layOut(windowAround(failure.partition.operations, order, explanation.stuck), () => LABEL_WIDTH);
      for (const bar of bars) {
        expect(bar.width).toBeGreaterThanOrEqual(LABEL_WIDTH - 0.001);
        expect(bar.x).toBeGreaterThanOrEqual(0);
        expect(bar.x + bar.width).toBeLessThanOrEqual(width + 0.001);
        expect(rowClients[bar.row]).toBe(bar.operation.client);
        if (bar.numberX === null) continue;
        expect(bar.numberX).toBeGreaterThan(bar.x);
        expect(bar.numberX).toBeLessThan(bar.x + bar.width);
      }
      for (const [a, b] of bars.flatMap((a) => bars.map((b) => [a, b] as const))) {
        const isBefore = endOf(a.operation) < b.operation.calledAt;
        if (!b.isCutLeft && !a.isCutRight) expect(a.x + a.width < b.x).toBe(isBefore);
      }
      const placed = bars.filter(({ place }) => place !== null).sort((a, b) => (a.place?.number ?? 0) - (b.place?.number ?? 0));
      const xs = placed.map(({ numberX }) => numberX ?? 0);
      expect(xs).toEqual([...xs].sort((a, b) => a - b));
      expect(new Set(xs).size).toBe(xs.length);
      for (const row of rowClients.keys()) {
        const inRow = bars.filter((bar) => bar.row === row).sort((a, b) => a.x - b.x);
        for (const [i, bar] of inRow.entries()) expect(bar.x + bar.width).toBeLessThanOrEqual((inRow[i + 1]?.x ?? Infinity) + 0.001);
      }
    }
  }
});
