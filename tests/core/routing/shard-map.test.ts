import fc from "fast-check";
import { originIn, readShardMap } from "../../../core/routing/shard-map.ts";
import { SHARDS } from "../../../core/shards/slots.ts";

const MEMBER = { http: "http://a:1", redis: "redis://a:2", role: "leader" };
const MAP = { number: 3, shards: Array<string | null>(SHARDS).fill("1"), groups: { "1": { members: [MEMBER] } } };

test("is read with who leads, who votes and who learns", () => {
  const members = [MEMBER, { http: "http://b:1/", role: "follower" }, { http: "http://c:1", role: "learner" }, { http: "http://d:1" }];
  const map = readShardMap({ ...MAP, groups: { "1": { members } } });
  expect(map?.number).toBe(3);
  expect(map?.groups.get("1")).toEqual([
    { http: "http://a:1", role: "leader" },
    { http: "http://b:1", role: "voter" },
    { http: "http://c:1", role: "learner" },
    { http: "http://d:1", role: "voter" },
  ]);
});

test("shards may belong to nobody", () => {
  expect(readShardMap({ ...MAP, shards: Array(SHARDS).fill(null), groups: {} })?.shards[7]).toBeNull();
});

test.each([
  { name: "nothing", value: null },
  { name: "a text", value: "map" },
  { name: "a negative number", value: { ...MAP, number: -1 } },
  { name: "too few shards", value: { ...MAP, shards: ["1"] } },
  { name: "an owner that is no group", value: { ...MAP, shards: Array(SHARDS).fill("2") } },
  { name: "an owner by a name that every object has", value: { ...MAP, shards: Array(SHARDS).fill("constructor") } },
  { name: "a member without an address", value: { ...MAP, groups: { "1": { members: [{ role: "leader" }] } } } },
  { name: "a member somewhere else than on HTTP", value: { ...MAP, groups: { "1": { members: [{ http: "file:///a" }] } } } },
  { name: "a group of too many", value: { ...MAP, groups: { "1": { members: Array(16).fill(MEMBER) } } } },
  { name: "no members", value: { ...MAP, groups: { "1": {} } } },
])("$name is no map", ({ value }) => {
  expect(readShardMap(value)).toBeNull();
});

test("anything at all is read or refused", () => {
  fc.assert(fc.property(fc.anything(), (value) => readShardMap(value) === null));
});

test.each([
  { address: "http://a:1", origin: "http://a:1" },
  { address: "https://[::1]:7400/v1/kv/x?y", origin: "https://[::1]:7400" },
  { address: "file:///etc/passwd", origin: null },
  { address: "http://user@a:1", origin: null },
  { address: "http://a:1 ", origin: null },
  { address: 7, origin: null },
])("the origin in $address is $origin", ({ address, origin }) => {
  expect(originIn(address)).toBe(origin);
});
