import { ignore } from "../../../../core/raft/roles/handler.ts";
import { TestCluster } from "../cluster.ts";

test("ignoring does nothing and answers nothing", () => {
  expect(ignore()).toBeUndefined();
});

test("a role that ignores a message is as it was before", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const [n1, n2] = [cluster.at("n1").self, cluster.at("n2").self];
  const before = cluster.raft("n2").status();
  cluster.raft("n2").receive({ kind: "voteReply", from: n1, to: n2, term: before.term, granted: true });
  cluster.work("n2");
  expect(cluster.raft("n2").status()).toEqual(before);
  expect(cluster.network).toEqual([]);
});
