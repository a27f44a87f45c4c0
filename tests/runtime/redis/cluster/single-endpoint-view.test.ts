import { SingleEndpointView } from "../../../../runtime/redis/cluster/single-endpoint-view.ts";
import { StoreFixture } from "../store-fixture.ts";

test("one node has every slot, at the address at which it was reached", () => {
  const { cluster } = new StoreFixture();
  const view = new SingleEndpointView(cluster, { host: "::ffff:10.0.0.7", port: 6_380 });
  expect(view.self).toMatchObject({ id: cluster.self.id, host: "10.0.0.7", port: 6_380 });
  expect(view.ranges()).toEqual([{ start: 0, end: 16_383, group: cluster.group }]);
  expect(view.groups()).toEqual([{ group: cluster.group, leader: view.self, others: [] }]);
  expect([view.isLeader, view.ownLeader()]).toEqual([true, view.self]);
  // What WAIT tells is about all who have the data.
  expect([view.members, cluster.members]).toEqual([3, 3]);
});
