import { asBatch } from "../../../../core/base/ids.ts";
import { ROLE_TABLE } from "../../../../core/raft/roles/role-table.ts";
import { TestCluster } from "../cluster.ts";

test("every role has an answer to every message, or says that it ignores it", () => {
  const columns = Object.values(ROLE_TABLE).map((row) => Object.keys(row).sort());
  for (const column of columns) expect(column).toEqual(columns[0]);
  expect(columns).toHaveLength(4);
});

test("a confirmation that comes twice, or for a batch that was never asked for, changes nothing", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const before = cluster.raft("n1").status();
  cluster.raft("n1").persisted(asBatch(1));
  cluster.raft("n1").persisted(asBatch(999));
  expect(cluster.raft("n1").status()).toEqual(before);
});
