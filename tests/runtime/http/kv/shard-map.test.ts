import { asGroup, asMember } from "../../../../core/base/ids.ts";
import { foundingMembership } from "../../../../core/raft/membership.ts";
import { readShardMap } from "../../../../core/routing/shard-map.ts";
import { shardMap } from "../../../../runtime/http/kv/shard-map.ts";
import { originOf, twoGroups } from "./door-fixture.ts";

test("of its own group a member knows who leads, of others only what it has heard; and clients can read it", () => {
  const configuration = twoGroups(4, 100);
  const membership = foundingMembership([{ member: asMember("m0"), place: { ordinal: 0, address: "group-1:7401" } }]);
  const learning = { ...membership, voters: [asMember("m9")], learners: [asMember("m0")] };
  const map = shardMap(configuration, { group: asGroup("1"), membership: learning, leader: null }, () => originOf("2"));
  expect(map.groups).toEqual({
    1: { members: [{ http: originOf("1"), redis: null, role: "learner" }] },
    2: { members: [{ http: originOf("2"), redis: null, role: "leader" }] },
  });
  const own = shardMap(configuration, { group: asGroup("1"), membership, leader: originOf("1") }, () => null);
  expect(Object.values(own.groups).flatMap(({ members }) => members.map(({ role }) => role))).toEqual(["leader", "voter"]);
  const read = readShardMap(JSON.parse(JSON.stringify(own)));
  expect(read?.number).toBe(4);
  expect(read?.shards[99]).toBe("1");
  expect(read?.shards[100]).toBe("2");
});
