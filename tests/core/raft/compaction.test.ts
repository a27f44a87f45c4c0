import { TestCluster } from "./cluster.ts";

function compacted(limits: { readonly trailingEntries: number; readonly trailingBytes: number }): number {
  const cluster = new TestCluster({ size: 1, limits });
  cluster.elect("n1");
  for (let i = 0; i < 9; i++) cluster.propose("n1", "x".repeat(79)); // 100 bytes each with the header
  cluster.snapshot("n1");
  return cluster.raft("n1").status().baseIndex;
}

test.each([
  { name: "nothing stays", trailingEntries: 0, trailingBytes: 9_999, base: 10 },
  { name: "a count stays", trailingEntries: 3, trailingBytes: 9_999, base: 7 },
  { name: "what fits the bytes stays", trailingEntries: 99, trailingBytes: 250, base: 8 },
  { name: "everything stays", trailingEntries: 99, trailingBytes: 9_999, base: 0 },
])("$name", ({ trailingEntries, trailingBytes, base }) => {
  expect(compacted({ trailingEntries, trailingBytes })).toBe(base);
});
