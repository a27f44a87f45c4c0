import { addressTemplate } from "../../../../runtime/redis/cluster/address-template.ts";
import type { AnnouncedAddress } from "../../../../runtime/redis/cluster/cluster-view.ts";
import { ADDRESSES, StoreFixture } from "../store-fixture.ts";

const [LEADER, OTHER] = ADDRESSES.map(({ http }) => http) as [string, string];
const OUTSIDE = addressTemplate("member-{ordinal}.example.com:3{group}379") as AnnouncedAddress;

test("clients from outside are told other addresses of the same members, by CLUSTER SLOTS and by MOVED alike", async () => {
  const fixture = new StoreFixture(undefined, OUTSIDE);
  fixture.leader = 2;
  const [slots, moved, self] = await fixture.connect().ask(["CLUSTER", "SLOTS"], ["GET", "a"], ["CLUSTER", "MYID"]);
  const [[, , ...nodes]] = slots as unknown as [[bigint, bigint, ...[string, bigint, string][]]];
  expect(nodes.map(([host, port]) => `${host}:${port}`)).toEqual([2, 0, 1].map((ordinal) => `member-${ordinal}.example.com:31379`));
  expect(moved).toEqual({ error: "MOVED 15495 member-2.example.com:31379" });
  expect(fixture.cluster.self).toMatchObject({ host: "member-0.example.com", port: 31_379 });
  expect(self).toBe(nodes[1]?.[2]);
  expect(self).toBe(new StoreFixture().cluster.self.id);
});

test("who leads its own group this member knows itself, and looks again when somebody else is named", () => {
  const { cluster, fixture } = viewOfStandingTime();
  expect(cluster.leads(cluster.group, OTHER)).toBe(false);
  fixture.leader = 1;
  expect(cluster.ownLeader()?.http).toBe(LEADER);
  expect(cluster.leads(cluster.group, OTHER)).toBe(true);
  expect(cluster.ownLeader()?.http).toBe(OTHER);
});

function viewOfStandingTime() {
  const fixture = new StoreFixture();
  fixture.monotonicMs = () => 0;
  return { fixture, cluster: fixture.cluster };
}
