import { asGroup } from "../../../core/base/ids.ts";
import { afterJoin, afterLeave, afterMove, afterRelocation, isSameAddress } from "../../../core/shard-controller/next-configuration.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { FIRST_CONFIGURATION, ownerOf } from "../../../core/shards/configuration.ts";
import { addressOf, groups, members, movesBetween } from "./groups.ts";

function made(next: Configuration | null): Configuration {
  if (next === null) throw new Error("nothing changed");
  return next;
}

const TWO = made(afterJoin(FIRST_CONFIGURATION, [members("1"), members("2")]));

test("a join that is repeated changes nothing; other addresses change the number and move nothing", () => {
  expect(TWO.number).toBe(1);
  expect(afterJoin(TWO, [members("2")])).toBeNull();
  const moved = made(afterMove(TWO, 0, asGroup("2")));
  const elsewhere = made(afterJoin(moved, [{ group: asGroup("1"), members: [addressOf("other", 0)] }]));
  expect(elsewhere).toMatchObject({ number: 3, shards: moved.shards });
  expect(elsewhere.groups["1"]).toEqual([addressOf("other", 0)]);
});

test("a leave that is repeated changes nothing, and the last one leaves every shard to nobody", () => {
  const one = made(afterLeave(TWO, groups("1", "9")));
  expect(Object.keys(one.groups)).toEqual(["2"]);
  expect(movesBetween(TWO.shards, one.shards)).toBe(128);
  expect(afterLeave(one, groups("1"))).toBeNull();
  expect(new Set(made(afterLeave(one, groups("2"))).shards)).toEqual(new Set([null]));
});

test("a move holds one shard elsewhere, until groups join or leave", () => {
  const moved = made(afterMove(TWO, 0, asGroup("2")));
  expect(movesBetween(TWO.shards, moved.shards)).toBe(1);
  expect(afterMove(moved, 0, asGroup("2"))).toBeNull();
  const joined = made(afterJoin(moved, [members("3")]));
  expect(joined.shards.filter((owner) => owner === "2").length).toBeLessThanOrEqual(86);
});

test("a member that is found elsewhere takes its own place, or that of whoever had its peer address", () => {
  const before = addressOf("1", 1);
  const after = { ...before, peer: "new.:7401" };
  const next = made(afterRelocation(TWO, { group: asGroup("1"), from: before, to: after }));
  expect(next.groups["1"]).toEqual([addressOf("1", 0), after, addressOf("1", 2)]);
  expect(next).toMatchObject({ number: 2, shards: TWO.shards });
  expect(afterRelocation(next, { group: asGroup("1"), from: before, to: after })).toBeNull();
  const samePeer = { ...addressOf("1", 2), redis: "redis://r:1" };
  expect(made(afterRelocation(TWO, { group: asGroup("1"), from: null, to: samePeer })).groups["1"]?.[2]).toEqual(samePeer);
  const exchanged = made(afterRelocation(TWO, { group: asGroup("1"), from: addressOf("1", 0), to: samePeer }));
  expect(exchanged.groups["1"]).toEqual([samePeer, addressOf("1", 1)]);
  expect(made(afterRelocation(TWO, { group: asGroup("1"), from: null, to: addressOf("1", 3) })).groups["1"]).toHaveLength(4);
  expect(afterRelocation(TWO, { group: asGroup("9"), from: null, to: after })).toBeNull();
});

test("the configuration before stays as it was", () => {
  const text = JSON.stringify(TWO);
  afterJoin(TWO, [members("3")]);
  afterLeave(TWO, groups("1"));
  afterMove(TWO, 5, asGroup("2"));
  afterRelocation(TWO, { group: asGroup("1"), from: addressOf("1", 0), to: addressOf("x", 0) });
  expect(JSON.stringify(TWO)).toBe(text);
});

test("a group may be called what every object has", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect(afterRelocation(TWO, { group: asGroup(name), from: null, to: addressOf("1", 0) })).toBeNull();
    const joined = made(afterJoin(TWO, [{ group: asGroup(name), members: [addressOf("x", 0)] }]));
    expect(joined.shards).toContain(name);
    expect(ownerOf(made(afterLeave(joined, groups(name))), 0)).not.toBeNull();
  }
});

test("addresses are the same when all of them are", () => {
  expect(isSameAddress(addressOf("1", 0), addressOf("1", 0))).toBe(true);
  expect(isSameAddress(addressOf("1", 0), { ...addressOf("1", 0), redis: "redis://x:1" })).toBe(false);
  expect(isSameAddress(addressOf("1", 0), undefined)).toBe(false);
});
